import type { HostConsole } from "../host-console.ts";

// The kernel has one wall clock for all hosts. What programs of a host ask for the time is date(1), which is covered.
const clockScript = `
set -e
dir=/run/lab/clock
while grep -q ' /usr/bin/date ' /proc/self/mounts; do umount /usr/bin/date; done
[ "$1" != 0 ] || exit 0
mkdir -p $dir
cp /usr/bin/date $dir/right
cat > $dir/date << END
#!/bin/sh
case " \\$* " in
  *' -d'* | *' --date'* | *' -r'* | *' --reference'* | *' -f'*) exec $dir/right "\\$@" ;;
  *) exec $dir/right --date="@\\$((\\$($dir/right +%s) + $1))" "\\$@" ;;
esac
END
chmod 755 $dir/date
mount --bind $dir/date /usr/bin/date`;

/** Makes date(1) on a host tell a time that is so many seconds off; 0 makes it right again. A boot does, too. */
export async function setClock(console: HostConsole, seconds: number): Promise<void> {
  await console.output(["sh", "-c", clockScript, "sh", String(seconds)]);
}

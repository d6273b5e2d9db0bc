# Tells the lab that the host has booted: sshd listens, or all jobs of the boot are done and the system has no sshd.
i=0
booted() {
  # A service of Type=simple counts as active before it listens. Port 22 is 0016 there, 0A a listening socket.
  if systemctl is-active --quiet sshd.service; then
    i=$((i + 1))
    grep -q ':0016 [0-9A-F:]* 0A' /proc/net/tcp || [ $i -gt 100 ]
  else
    case $(systemctl is-system-running) in running | degraded) return 0 ;; *) return 1 ;; esac
  fi
}
[ -e /run/lab/bin/init ] || until [ -S /run/systemd/private ]; do sleep 0.02; done
until booted; do sleep 0.02; done 2> /dev/null
: > /run/lab/ctl/.up

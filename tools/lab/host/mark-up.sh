# Tells the lab that the host has booted: sshd listens, or all jobs of the boot are done and the system has no sshd.
i=0
booted() {
  # A service of Type=simple counts as active before it listens, on whatever port. One that never does is a fault of the
  # lab, which must not keep the host from being up for ever.
  if systemctl is-active --quiet sshd.service; then
    i=$((i + 1))
    ss -Hltnp | grep -q '"sshd"' || [ $i -gt 300 ]
  else
    case $(systemctl is-system-running) in running | degraded) ;; *) return 1 ;; esac
    # It may have started between the two questions.
    ! systemctl is-active --quiet sshd.service
  fi
}
[ -e /run/lab/bin/init ] || until [ -S /run/systemd/private ]; do sleep 0.02; done
until booted; do sleep 0.02; done 2> /dev/null
: > /run/lab/ctl/.up

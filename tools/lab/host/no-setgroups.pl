#!/usr/bin/perl
# Executes a command under a seccomp filter in which setgroups(2) succeeds and does nothing. sshd insists on that call,
# and the kernel denies it in a user namespace with a single mapped id. Numbers: asm/unistd.h of x86_64 and aarch64.
use strict;
my $machine = `uname -m`;
my ($setgroups, $prctl) = $machine =~ /aarch64/ ? (159, 167) : (116, 157);
my $filter = pack("SCCL", 0x20, 0, 0, 0)                 # load the number of the system call
    . pack("SCCL", 0x15, 0, 1, $setgroups)               # is it setgroups?
    . pack("SCCL", 0x06, 0, 0, 0x00050000)               # yes: return errno 0
    . pack("SCCL", 0x06, 0, 0, 0x7fff0000);              # no: allow
my $program = pack("S x6 P", 4, $filter);
syscall($prctl, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!\n";
syscall($prctl, 22, 2, $program) == 0 or die "seccomp: $!\n";
exec @ARGV or die "exec: $!\n";

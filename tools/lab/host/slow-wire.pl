#!/usr/bin/perl
# A wire with a delay: slow-wire.pl INTERFACE INTERFACE ONE_WAY_MS. Hands each frame that comes in at one end to the
# other end, later. For kernels without netem. Numbers: packet(7), linux/if_packet.h, linux/sockios.h.
use strict;
use warnings;
use Errno qw(EAGAIN EINTR);

my ($AF_PACKET, $SOCK_RAW, $ETH_P_ALL, $SOL_PACKET) = (17, 3, 3, 263);
my ($PACKET_VNET_HDR, $PACKET_IGNORE_OUTGOING) = (15, 23);
# clock_gettime(2) of asm/unistd.h; the module for it is not part of perl-base.
my $clock_gettime = `uname -m` =~ /aarch64/ ? 113 : 228;
my ($SIOCGIFINDEX, $F_SETFL, $O_NONBLOCK) = (0x8933, 4, 2048);

my ($one, $other, $delay_ms) = @ARGV;
my $delay = $delay_ms / 1000;

sub now {
    my $timespec = pack("qq", 0, 0);
    syscall($clock_gettime, 1, $timespec) == 0 or die "clock_gettime: $!\n";
    my ($seconds, $nanoseconds) = unpack("qq", $timespec);
    return $seconds + $nanoseconds / 1e9;
}

sub open_end {
    my ($name) = @_;
    my $protocol = unpack("S", pack("n", $ETH_P_ALL));
    socket(my $socket, $AF_PACKET, $SOCK_RAW, $protocol) or die "socket: $!\n";
    my $request = pack("a16 i x20", $name, 0);
    ioctl($socket, $SIOCGIFINDEX, $request) or die "$name: $!\n";
    my (undef, $index) = unpack("a16 i", $request);
    # What the network card would have to do yet (checksums, segmentation) travels with the frame.
    setsockopt($socket, $SOL_PACKET, $PACKET_VNET_HDR, pack("i", 1)) or die "vnet_hdr: $!\n";
    setsockopt($socket, $SOL_PACKET, $PACKET_IGNORE_OUTGOING, pack("i", 1)) or die "ignore_outgoing: $!\n";
    bind($socket, pack("S n i S C C a8", $AF_PACKET, $ETH_P_ALL, $index, 0, 0, 0, "")) or die "bind $name: $!\n";
    fcntl($socket, $F_SETFL, $O_NONBLOCK) or die "fcntl: $!\n";
    return $socket;
}

my @ends = (open_end($one), open_end($other));
my @queues = ([], []);    # of [time due, frame], in order, for the end opposite to the number
$| = 1;
print "ready\n";
while (1) {
    my @due = map { @$_ ? $_->[0][0] : () } @queues;
    my ($first) = sort { $a <=> $b } @due;
    my $wait = defined $first ? $first - now() : undef;
    $wait = 0 if defined $wait && $wait < 0;
    my $readable = "";
    vec($readable, fileno($_), 1) = 1 for @ends;
    select($readable, undef, undef, $wait);
    for my $number (0, 1) {
        while (defined sysread($ends[$number], my $frame, 70000)) {
            push @{ $queues[$number] }, [now() + $delay, $frame];
        }
        die "read: $!\n" unless $! == EAGAIN || $! == EINTR || $!{ENETDOWN};
        my $queue = $queues[$number];
        while (@$queue && $queue->[0][0] <= now()) {
            # A full queue or an unplugged end loses the frame, as a wire does.
            syswrite($ends[1 - $number], shift(@$queue)->[1]);
        }
    }
}

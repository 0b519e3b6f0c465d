#!/usr/bin/perl
# Reads records NAME NUL TEXT NUL, and has Monitoring::Plugin::Performance parse the perfdata of
# each: every item must be understood, and come out as it went in. One line per complaint. The
# module does not know U, the guidelines' word for a value that could not be determined, so U
# stands for 0 here.
use strict;
use warnings;
use Monitoring::Plugin::Performance;

local $/;
my @fields = split /\0/, <STDIN>, -1;
my $bad = 0;

sub complain {
  my ($name, $what) = @_;
  print "$name: $what\n";
  $bad = 1;
}

while (@fields >= 2) {
  my ($name, $text) = splice @fields, 0, 2;
  my ($head) = split /\n/, $text;
  my ($message, $perfdata) = split /\|/, $head, 2;
  next unless defined $perfdata;
  $perfdata =~ s/^\s+|\s+$//g;
  $perfdata =~ s/=U(?=;|\s|$)/=0/g;
  my @items = split /\s+/, $perfdata;
  my @parsed = Monitoring::Plugin::Performance->parse_perfstring($perfdata);
  complain($name, @parsed . " items understood of " . @items . ": $perfdata")
    if @parsed != @items;
  my %seen;
  for my $raw (@items) {
    complain($name, "item '$raw'") unless $raw =~ /^[^=]+=-?\d+(?:\.\d+)?s?(?:;|$)/;
  }
  for my $item (@parsed) {
    my $label = $item->label;
    complain($name, "label '$label'") unless $label =~ /^[A-Za-z0-9_.-]+$/;
    complain($name, "label '$label' twice") if $seen{$label}++;
    complain($name, "unit '" . $item->uom . "' of $label") unless ($item->uom // '') =~ /^s?$/;
  }
}
exit $bad;

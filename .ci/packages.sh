# Sourced by demo and test. need_packages NAME... installs the Debian packages that are missing. First
# it prints them and the command, and asks. With assume_yes=yes, or without a terminal, it does not ask.
# It fails if the answer is no.
assume_yes=

need_packages() {
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Missing packages, and neither root nor sudo to install them:$missing" >&2
      return 1
    fi
    as_root="sudo "
  fi
  update="${as_root}apt-get update -qq"
  install="${as_root}env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
  {
    echo "These Debian packages are missing:$missing"
    echo "This command installs them:"
    echo "  $update && $install$missing"
  } >&2
  may_install || return 1
  # shellcheck disable=SC2086
  $update && $install $missing >/dev/null
}

may_install() {
  if [ -n "$assume_yes" ]; then
    echo "Installing them, because of --yes." >&2
    return 0
  fi
  if [ ! -t 0 ]; then
    echo "Installing them without asking, because standard input is not a terminal." >&2
    return 0
  fi
  printf 'Run it now? [y/N] ' >&2
  read -r answer || answer=
  case "$answer" in
  [yY] | [yY][eE][sS]) return 0 ;;
  esac
  echo "Nothing was installed." >&2
  return 1
}

BUILD_PACKAGES="cmake ninja-build gcc libc6-dev pkg-config libc-ares-dev libssl-dev libcurl4-openssl-dev \
libexpat1-dev libjansson-dev"
LAB_PACKAGES="python3 python3-dnslib python3-cryptography unbound nginx-light nftables iproute2 \
openssl util-linux ca-certificates"
TEST_PACKAGES="libcmocka-dev python3-jsonschema libmonitoring-plugin-perl gcovr clang clang-tidy \
clang-format cppcheck libclang-rt-14-dev collectd-dev collectd-core python3-botocore awscli \
libyajl2 libcurl3-gnutls libmicrohttpd-dev libmicrohttpd12 libprotobuf-c1 prometheus prometheus-alertmanager \
python3-yaml \
debhelper dpkg-dev lintian blhc valgrind strace"
# For Debian and RPM packages, a container image, and clean Debian systems to test them in; a browser for the pictures; the
# tools that the benchmark compares with.
FULL_PACKAGES="rpm rpmlint debugedit elfutils mmdebstrap zstd systemd-container piuparts \
autopkgtest buildah zlib1g-dev chromium fonts-dejavu-core prometheus-blackbox-exporter monitoring-plugins-basic \
monitoring-plugins-standard liburiparser1 bind9-dnsutils curl"

# Programs of the lab are in sbin.
PATH=$PATH:/usr/sbin:/sbin
export PATH

# Leaves of a Debian with Python what a service runs on: no shell and its tools, no package manager, no pip, no documentation but licences.
# Debian's list of packages stays, for scanners: it names more than is left.
set -eu
python=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
rm -rf "$python"/ensurepip "$python"/idlelib "$python"/tkinter "$python"/turtledemo "$python"/lib2to3 "$python"/test "$python"/pydoc_data
rm -rf "$python"/site-packages/pip* "$python"/site-packages/setuptools* "$python"/config-*
python3 -m compileall -q "$python"
find /usr/share/doc -type f ! -name copyright -delete
dpkg --purge --force-all apt libapt-pkg7.0 perl-base passwd login login.defs util-linux mount bsdutils sqv diffutils tar \
  gzip ncurses-bin ncurses-base bash debconf init-system-helpers openssl \
  libpam-modules libpam-modules-bin libpam-runtime libpam0g libdb5.3t64 libsystemd0 libudev1 libsemanage2 libsepol2 libmount1 \
  libblkid1 libsmartcols1 libseccomp2 libnettle8t64 libhogweed6t64 libgmp10 >/dev/null 2>&1 || true
rm -rf /usr/share/man /usr/share/locale /usr/share/info /usr/share/lintian /usr/share/perl* /usr/lib/*/gconv /usr/lib/*/perl* \
  /var/cache/* /var/lib/apt /var/log/* /var/lib/dpkg/info /root/.cache /trim.sh
doomed=
for program in /usr/bin/* /usr/sbin/* /usr/local/bin/* /usr/local/sbin/*; do
  case $program in
    */python3 | */python3.[0-9]*[0-9]) ;;
    *) doomed="$doomed $program" ;;
  esac
done
rm -rf $doomed

#!/usr/bin/env bash
# Builds swj and does its main job once, in a new folder, on the embedded SQLite.
#
#   scripts/quickstart.sh [FOLDER]
#
# Every swj command is printed before it runs. SWJ_BIN=/path/to/swj skips the build.
set -euo pipefail
unset CDPATH

# swj speaks the caller's language; the shell's own tools below work in C.
speak=${SWJ_LANG:-}
if [ -z "$speak" ]; then
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in zh*) speak=zh ;; *) speak=en ;; esac
fi
export LC_ALL=C

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
house=$(dirname -- "$here")
data=$here/data

# Shows a command as a reader would type it, and runs it.
swj() {
    printf '\n$ swj'
    printf ' %s' "$@"
    printf '\n'
    "$bin" "$@"
}

# As swj, where $1 is the exit code that is right.
swj_ends_with() {
    local wanted=$1 code=0
    shift
    swj "$@" || code=$?
    if [ "$code" -ne "$wanted" ]; then
        echo "quickstart: exit $code where $wanted was expected" >&2
        exit 1
    fi
}

# One thing in the reader's language.
say() { if [ "${speak#zh}" != "$speak" ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi; }
heading() { printf '\n== '; say "$1" "$2"; }

# ---- build ---------------------------------------------------------------------------------

if [ -n "${SWJ_BIN:-}" ]; then
    [ -x "$SWJ_BIN" ] || { echo "quickstart: SWJ_BIN=$SWJ_BIN is not a program" >&2; exit 1; }
    bin=$(cd -- "$(dirname -- "$SWJ_BIN")" && pwd)/$(basename -- "$SWJ_BIN")
else
    command -v cargo > /dev/null || { echo "quickstart: cargo is missing; install Rust from https://rustup.rs" >&2; exit 1; }
    command -v make > /dev/null || { echo "quickstart: make is missing; install Debian's package of this name" >&2; exit 1; }
    features=()
    if ! pkg-config --exists openssl 2>/dev/null; then
        features=(--no-default-features)
        echo "PostgreSQL is left out: OpenSSL's headers are missing (package libssl-dev)."
    fi
    cargo --config "$house/.cargo/config.toml" build --release --locked --manifest-path "$house/Cargo.toml" ${features[@]+"${features[@]}"}
    bin=${CARGO_TARGET_DIR:-$house/target}/release/swj
    bin=$(cd -- "$(dirname -- "$bin")" && pwd)/swj
fi

# ---- a new folder --------------------------------------------------------------------------

if [ $# -gt 0 ]; then
    if [ -e "$1" ] && [ -n "$(ls -A -- "$1")" ]; then
        echo "quickstart: $1 is not empty; name a new folder" >&2
        exit 1
    fi
    mkdir -p -- "$1"
    folder=$1
else
    folder=$(mktemp -d "$PWD/swj-quickstart-XXXX")
fi
folder=$(cd -- "$folder" && pwd)
cd -- "$folder"
cp -- "$data"/*.csv .

# Nothing of the caller's own configuration takes part.
for name in "${!SWJ_@}"; do
    case $name in SWJ_TEST_*) ;; *) unset "$name" ;; esac
done
: > swj.toml
export SWJ_CONFIG=$folder/swj.toml SWJ_LANG=$speak SWJ_DATABASE=oa.db
export SWJ_BACKUP_REPOSITORY=backups SWJ_BACKUP_PASSWORD_FILE=backup-password.txt

# ---- the main job --------------------------------------------------------------------------

say "In $folder, with SWJ_DATABASE=$SWJ_DATABASE," "在 $folder 中，已设 SWJ_DATABASE=$SWJ_DATABASE，"
echo "  SWJ_BACKUP_REPOSITORY=$SWJ_BACKUP_REPOSITORY SWJ_BACKUP_PASSWORD_FILE=$SWJ_BACKUP_PASSWORD_FILE"

heading "A database with its three administrators" "建库，并设三员"
swj init --no-input --organisation 天津市水务局 \
    --system sys.admin:王立:0001 --security sec.admin:李安:0002 --audit aud.admin:赵审:0003 \
    --passwords initial-passwords.txt -f table

heading "Units and users from CSV" "从 CSV 导入单位和用户"
swj unit import units.csv --yes -f table --fields line,change,key --limit 3
swj user import users.csv --yes -f table --fields line,change,key --limit 3
swj unit tree -f table

heading "A licence catalogue as Excel leaves it: GB18030, a title line, merged cells blank" \
    "Excel 存出的许可事项目录：GB18030 编码，表头上有标题行，合并单元格留空"
swj license import license_catalogue.csv --yes -f table --fields line,change,key --limit 6
say "The second time there is nothing left to do:" "再导入一次，已无事可做："
swj license import license_catalogue.csv --yes -f count
swj license list --limit 10 --level main --sort id -f table --fields id,name,organ,status

heading "The register of disclosure, and the month's statistics" "信息公开登记表与月报"
swj disclosure import disclosure_items.csv --yes -f table --fields line,change,key --limit 3
swj stats month 2026-10 -f table --sort unit --limit 16
swj stats month 2026-10 -o stats-2026-10.xlsx
swj stats rate -f table

heading "A backup, and every byte of it read again" "备份，并逐字节核验"
(umask 077 && head -c 24 /dev/urandom | base64 > "$SWJ_BACKUP_PASSWORD_FILE")
swj backup init -f table
swj backup run --label quickstart -f table
swj backup list -f table
swj backup verify latest --all -f table

heading "Restored into a second database, and proved equal" "恢复为第二个库，并证明二者相同"
swj backup restore latest --to restored.db --yes -f table --fields table,rows_expected,rows,equal --sort=-rows --limit 6
swj db check --digest -o digests-oa.csv
swj -d restored.db db check --digest -o digests-restored.csv
printf '\n$ diff digests-oa.csv digests-restored.csv\n'
diff digests-oa.csv digests-restored.csv || true
differ=$(diff digests-oa.csv digests-restored.csv | sed -n 's/^[<>] \([^,]*\),.*/\1/p' | sort -u || true)
for table in $differ; do
    case $table in
        audit_log | audit_seal | backup_run) ;;
        *) echo "quickstart: $table differs after the restore" >&2; exit 9 ;;
    esac
done
tables=$(($(wc -l < digests-oa.csv) - 1))
others=$((tables - $(printf '%s\n' "$differ" | grep -c . || true)))
say "$others of $tables tables are equal. The others only record the backup itself:" \
    "$tables 张表中 $others 张相同。其余各表只是记下了备份本身："
echo "${differ//$'\n'/ }"

heading "The audit log, and the rules" "审计日志与审计规则"
swj log verify -f table
swj_ends_with 3 audit run --severity high -f table --fields rule,key,title
say "Exit 3 is right here: three new administrators, none with a second factor yet." \
    "此处退出码 3 是对的：三员刚设，尚未配第二鉴别因素。"

# ---- one screen to end with ----------------------------------------------------------------

if [ "${speak#zh}" != "$speak" ]; then
    cat <<END

---------------------------------------------------------------- 完成 --------
$folder
  oa.db                  数据库：13 个单位、28 个用户、56 项许可、31 条信息
  stats-2026-10.xlsx     2026 年 10 月信息公开统计月报
  backups/               加密备份库（restic 格式），已逐字节核验
  backup-password.txt    仓库口令，仅所有者可读；请另存一份
  restored.db            由备份恢复的库，各表已证明相同
  digests-*.csv          两个库各表的行数和 SHA-256
  initial-passwords.txt  三员初始口令；交付后删除

接着可试：
  cd $(printf %q "$folder")
  export SWJ_DATABASE=oa.db PATH=$(printf %q "$(dirname -- "$bin")"):\$PATH
  swj status                          一屏看清本库
  swj license list --search 取水      按名称找许可事项
  swj disclosure list --from 2026-10-01 --attribute none
  swj log list --last 5 --fields seq,at,verb,subject_key
  swj audit explain ACC-015           规则查什么、依据何在、如何整改
  swj -d demo.db init && swj -d demo.db demo load     三千用户的演示单位
END
else
    cat <<END

---------------------------------------------------------------- done --------
$folder
  oa.db                  the database: 13 units, 28 users, 56 licences, 31 items
  stats-2026-10.xlsx     the statistics of October 2026
  backups/               encrypted repository (restic's format), every byte read
  backup-password.txt    its password, for the owner only; keep a copy elsewhere
  restored.db            the database brought back, every table proved
  digests-*.csv          rows and SHA-256 of each table of both
  initial-passwords.txt  of the three administrators; hand over, then delete

Next:
  cd $(printf %q "$folder")
  export SWJ_DATABASE=oa.db PATH=$(printf %q "$(dirname -- "$bin")"):\$PATH
  swj status                          which database, and what is in it
  swj license list --search 取水      licence items by name
  swj disclosure list --from 2026-10-01 --attribute none
  swj log list --last 5 --fields seq,at,verb,subject_key
  swj audit explain ACC-015           what a rule finds, why, how to mend it
  swj -d demo.db init && swj -d demo.db demo load     a bureau of 3,000 users
END
fi

# Messages in English. zh-CN/swj.ftl holds the same ids with the same variables.

error = error
hint = hint
yes = yes
no = no
dry-run = Dry run: nothing was written.

## Database
database-not-named = no database is named
database-not-named-hint = give -d FILE or -d postgres://…, set SWJ_DATABASE, or set database.url in config.toml
database-missing = there is no database at { $name }
database-missing-hint = check the path or name; `swj init -d { $name }` makes a new one
database-foreign = { $path } is not a swj database
database-foreign-hint = check the path; if the file was a database once, `swj backup restore latest` brings one back
database-read-only = the database cannot be written: { $detail }
database-read-only-hint = check the rights of the file and its folder
database-busy = the database is busy: { $detail }
database-busy-hint = try again in a moment
database-unreachable = the server does not answer: { $detail }
database-unreachable-hint = check host, port and whether PostgreSQL runs, then try again
database-refused = the server refused the login: { $detail }
database-refused-hint = check user, password and pg_hba.conf
database-rule = the database refused this: { $message } ({ $constraint })
database-rule-hint = nothing was written; mend the value named and try again
database-schema = the schema does not fit: { $detail }
database-schema-hint = `swj db status` shows which steps are applied
database-no-postgres = this swj was built without PostgreSQL
database-no-postgres-hint = build with the default features (needs OpenSSL's headers), or use a SQLite file
database-failed = the database failed: { $detail }
database-newer = the database has schema step { $version }, which this swj does not know
database-newer-hint = install a newer swj; nothing was touched
database-empty = this database has no swj tables yet
database-empty-hint = `swj init` creates them
database-older = the database lacks { $count } schema steps
database-older-hint = back up, then `swj db migrate`

## Files
file-missing = there is no file { $path }
file-not-permitted = no permission for { $path }
file-is-folder = { $path } is a folder, not a file
file-read-only = { $path } is on a read-only file system
file-disk-full = no space left for { $path }
file-failed = { $path }: { $detail }
file-hint = check the path and its rights

## Configuration
config-not-toml = the configuration is not valid TOML: { $detail }
config-unknown-key = unknown configuration key `{ $key }`
config-unknown-key-hint = did you mean `{ $nearest }`? `swj config show` lists all keys
config-not-a-number = { $key } must be a whole number, not `{ $value }`

## Usage
usage-unknown-argument = unknown argument `{ $arg }`
usage-unknown-command = unknown command `{ $name }`
usage-missing-command = a command is missing
usage-missing-argument = missing: { $args }
usage-conflict = `{ $arg }` cannot be used with `{ $other }`
usage-no-value = `{ $arg }` needs a value
usage-invalid-value = `{ $value }` is no value for { $arg }
usage-number-of-values = wrong number of values for { $arg }
usage-did-you-mean = did you mean `{ $near }`?
usage-valid-values = one of: { $values }
usage-see-help = add --help to see what is possible
usage-format = unknown format `{ $value }`
usage-format-hint = one of: { $known }
usage-field = no column is called `{ $field }`
usage-field-hint = columns: { $known }
usage-color = --color takes auto, always or never, not `{ $value }`
usage-binary = a workbook cannot be shown on a terminal
usage-binary-hint = add -o FILE.xlsx
usage-day = `{ $value }` is no day
usage-day-hint = write it like 2026-11-23
usage-month = `{ $value }` is no month
usage-month-hint = write it like 2026-10
usage-period = `{ $value }` is no period
usage-period-hint = write 2026-10, 2026-Q3, 2026-H1 or 2026

## Questions
confirm-needed = this needs a yes, and there is no terminal to ask on
confirm-needed-hint = add --yes, or --dry-run to see the plan only
confirm-type-name = Type { $name } to go ahead
confirm-name-needed = this needs the name of the target, and there is no terminal to ask on
confirm-name-needed-hint = add --confirm { $name }
confirm-cancelled = cancelled; nothing was changed
password-needed = a password is needed, and there is no terminal to ask on
password-needed-hint = add --password-file FILE
password-again = Once more
password-differs = The two differ, try again.
password-exposed = others can read the password file { $path }
password-exposed-hint = chmod 600 { $path }
password-empty = the password file { $path } is empty

## Progress and remarks
progress-line = { $what }: { $done } after { $seconds } s
progress-reading = Reading
progress-writing = Writing
progress-verifying = Verifying
progress-checking = Checking
progress-digesting = Digesting
progress-copying = Copying
progress-restoring = Restoring
progress-auditing = Auditing
progress-loading = Loading
remark-truncated = { $shown } of { $total } rows shown.

## init
init-ask-organisation = Full name of the organisation
init-ask-system = System administrator (login:name:staff number)
init-ask-security = Security administrator (login:name:staff number)
init-ask-audit = Audit administrator (login:name:staff number)
init-missing = { $flag } is missing, and there is no terminal to ask on
init-missing-hint = swj init --organisation NAME --system LOGIN:NAME:STAFF_NO --security … --audit …
init-person = `{ $value }` is no login:name:staff number
init-person-hint = for example zhangwei:张伟:1001; the login in lower case
init-one-person = the three administrators must be three different people
init-one-person-hint = system, security and audit exclude one another (GB/T 22239 8.1.7.2)
init-passwords-needed = the three initial passwords need a file to be written to
init-passwords-needed-hint = add --passwords FILE
init-passwords-exist = { $path } exists already
init-passwords-exist-hint = name another file with --passwords
init-reason = first set-up
init-done = Made { $url }. The three initial passwords are in { $path }; hand them over and delete the file.
init-already = { $url } is set up already; nothing to do.

## Units and users
unit-unknown = no unit has the code `{ $code }`
unit-unknown-hint = `swj unit list` shows the codes
unit-exists = the unit code `{ $code }` is taken
unit-exists-hint = `swj unit show { $code }` shows it
unit-added = Added { $name }.
user-unknown = no user has the login `{ $login }`
user-unknown-hint = `swj user list` shows the logins
user-exists = the login `{ $login }` is taken
user-exists-hint = `swj user show { $login }` shows whose it is
user-login-form = `{ $login }` is no login
user-added = Added { $name } ({ $login }); there is no password yet.
user-closed = { $login } is closed for good
user-disable-nothing = All of them are disabled already.
user-disable-question = Disable { $count } accounts?
user-disabled = Disabled { $count } accounts.

## Imports
import-read-as = Read { $file } as { $encoding }, header on line { $line }.
import-ignored-columns = Columns not used: { $columns }
import-counts = Read { $read } = added { $added } + changed { $changed } + unchanged { $unchanged } + rejected { $rejected } + skipped { $skipped }
import-refused = { $count } rows are rejected, so nothing was written. Mend them, or add --on-error skip to write the good rows.
import-question = Write { $count } changes?
import-nothing = Nothing to change.
intake-not-found = there is no file { $path }
intake-not-found-hint = check the path
intake-folder = { $path } is a folder, not a table
intake-folder-hint = name one file
intake-empty = { $path } is empty
intake-empty-hint = export the table again
intake-blank = { $path } has only blank rows
intake-blank-hint = export the table again
intake-not-a-table = { $path } is not a table of text but { $kind }
intake-not-a-table-hint = open it and save the sheet as CSV (UTF-8)
intake-unknown-encoding = unknown encoding `{ $name }`
intake-unknown-encoding-hint = for example UTF-8, GB18030, UTF-16LE
intake-not-text = neither UTF-8 nor GB18030: byte { $offset } does not decode
intake-not-text-hint = save the file as CSV UTF-8, or name its encoding with --encoding
intake-no-header = no header was found; these columns are missing: { $missing }
intake-no-header-hint = the best row was line { $line }: { $cells }; name the header with --header-row, or a column with --map FIELD=COLUMN
intake-no-header-hint-none = name the header with --header-row, or a column with --map FIELD=COLUMN
intake-ambiguous-header = several rows could be the header: lines { $lines }
intake-ambiguous-header-hint = name the right one with --header-row
intake-unknown-field = there is no field `{ $field }`
intake-unknown-field-hint = fields: { $known }
intake-unknown-column = there is no column `{ $column }`
intake-unknown-column-hint = columns: { $known }
intake-duplicate-column = two columns could be `{ $field }`: { $columns }
intake-duplicate-column-hint = choose one with --map { $field }=COLUMN

## Rules of imports: why a row is rejected, and what to do
rule-value-missing = the cell is empty and must not be
fix-value-missing = fill it in
rule-ragged-row = the row has { $value } cells
fix-ragged-row = give it as many cells as the header; a comma inside a cell needs quotes around the cell
rule-bad-quote = a quotation mark is not closed: { $value }
fix-bad-quote = close it, or double quotation marks inside the cell
rule-duplicate-in-file = the same key stands on line { $value } already
fix-duplicate-in-file = remove one of the two rows
rule-unit-code = `{ $value }` is no unit code
fix-unit-code = at most 32 characters, no blanks
rule-unit-kind = `{ $value }` is no kind of unit
fix-unit-kind = 局, 机关处室, 局属单位, 区水务局 or 外部机关
rule-unit-oa-mode = `{ $value }` is no way to take part in the OA
fix-unit-oa-mode = 全员网上运转, 仅公文传递 or 未接入
rule-unit-unknown = no unit is called `{ $value }`
fix-unit-unknown = use a code from `swj unit list`, or import the units first
rule-unit-parent-unknown = the parent unit `{ $value }` is neither in the database nor in the file
fix-unit-parent-unknown = add the parent, or correct its code
rule-unit-parent-stuck = the parent unit `{ $value }` is itself rejected, or the units form a circle
fix-unit-parent-stuck = mend the parent's row first
rule-login-form = `{ $value }` is no login
fix-login-form = 2 to 32 lower-case letters, digits, dots, hyphens or underscores, a letter or digit first
rule-account-type = `{ $value }` is no kind of account
fix-account-type = 个人, 外部, 服务 or 共享
rule-yes-or-no = `{ $value }` is neither yes nor no
fix-yes-or-no = write 是 or 否
rule-not-a-day = `{ $value }` is no day
fix-not-a-day = write it like 2026-11-23
rule-not-a-number = `{ $value }` is no whole number
fix-not-a-number = write digits only
rule-phone-masked = `{ $value }` is masked and not the number on record
fix-phone-masked = write the whole number, or leave the column out
rule-disclosure-attribute = `{ $value }` is no disclosure attribute
fix-disclosure-attribute = 主动公开, 依申请公开 or 不予公开
rule-withheld-without-reason = 不予公开 needs a reason
fix-withheld-without-reason = give the reason (Regulation on disclosure, Art. 14 to 16)
rule-published-but-not-open = published on { $value } though it is not 主动公开
fix-published-but-not-open = correct the attribute or remove the date
rule-published-before-made = published on { $value }, before it was made
fix-published-before-made = correct one of the two dates
rule-day-in-future = { $value } lies in the future
fix-day-in-future = correct the date
rule-normative-kind = `{ $value }` is no kind of document
fix-normative-kind = 规章, 行政规范性文件 or 其他
rule-name-missing = the item has no name
fix-name-missing = fill in the name
rule-code-number-damaged = `{ $value }` was damaged when the code was stored as a number
fix-code-number-damaged = store the column as text and type the whole code
rule-limit-two-values = `{ $value }` holds two time limits
fix-limit-two-values = put the legal limit and the promised limit into columns of their own
rule-limit-unreadable = `{ $value }` is no time limit
fix-limit-unreadable = write it like 20个工作日, 即办 or 无

## Licences, disclosure, statistics
license-unknown = no licence item has the code or name `{ $key }`
license-unknown-hint = `swj license list` shows them
license-several = several items fit `{ $key }`
license-several-hint = choose one by its id: { $ids }
license-warnings = { $count } rows raise a doubt ({ $rules }); they are imported as written.
stats-period-not-over = The period is not over: it ends on { $last }.
stats-identity-broken = A figure does not add up for these units: { $units }

## Audit and log
audit-rule-file = this is no audit rule: { $fault }
audit-rule-twice = two rules have the id { $id }
audit-rule-unknown = no rule has the id `{ $id }`
audit-rule-unknown-hint = `swj audit rules` lists them
audit-skipped = { $rule } could not be evaluated: { $why }
audit-total = Rules { $rules } = ran { $ran } + skipped { $skipped }; findings { $findings }
log-sound = The chain holds over { $count } entries; its head begins { $head }. Write the head down elsewhere: only that shows a cut end.
log-broken = the log chain is broken at link { $no }
log-head-missing = the head written down earlier is not in the chain: its end was cut off or rewritten

## Schema
migrate-nothing = The schema is up to date.
migrate-question = Apply { $count } steps?
migrate-done = Applied { $count } steps.

## Backup
backup-no-repository = no backup repository is named
backup-no-repository-hint = add --repository FOLDER, or set backup.repository in config.toml
backup-password = Password of the repository
backup-init-done = Made the repository { $folder }. Keep a copy of its password elsewhere: without it nothing can be restored.
backup-run-done = Saved snapshot { $id }.
backup-repository-missing = there is no backup repository at { $folder }
backup-repository-missing-hint = check the path; `swj backup init` makes a new one
backup-repository-exists = there is a backup repository at { $folder } already
backup-repository-exists-hint = use it as it is
backup-wrong-password = the repository { $folder } does not open with this password
backup-wrong-password-hint = check --password-file
backup-no-snapshot = no snapshot is called `{ $id }`
backup-no-snapshot-hint = `swj backup list` shows them
backup-no-file = the snapshot has no file { $path }
backup-damaged = the repository is damaged: { $detail }
backup-damaged-hint = restore from the copy kept elsewhere; do not write into this repository
backup-failed = the repository failed: { $detail }
backup-manifest-damaged = the snapshot's manifest cannot be read: { $detail }
backup-file-missing = the snapshot lacks { $path }
backup-verify-sound = Snapshot { $id } is sound.
backup-verify-damaged = { $count } faults found; do not rely on this repository.
backup-tool-missing = { $tool } is not installed
backup-tool-missing-hint = install Debian's postgresql-client of the server's version or newer
backup-tool-failed = PostgreSQL's tool failed: { $detail }
backup-other-engine = the snapshot holds a { $engine } database, the target is of the other kind
backup-other-engine-hint = restore it to its own kind first
backup-target-in-use = other programs are connected to the database { $name }
backup-target-in-use-hint = stop the OA, then restore again; nothing was changed
backup-newer = the snapshot has schema step { $version }, which this swj does not know
backup-no-space = { $free } bytes are free, { $needed } are needed
backup-proof-failed = The restored database is not the one that was backed up. The target was not touched.
backup-restored = Restored snapshot { $id } to { $target }: { $rows } rows, every table proved.
backup-set-aside = The database that was there is now { $aside }.
backup-undo = To take this back: { $command }

## Demo
demo-not-empty = the database is not empty: { $table } has { $rows } rows
demo-not-empty-hint = make a new database with `swj init` and load into that
demo-loaded = Loaded { $rows } rows into { $tables } tables.

## Column titles
column-account-type = account type
column-actor = actor
column-added-bytes = added bytes
column-after = after
column-at = at
column-attribute = attribute
column-before = before
column-broken-at = broken at
column-bytes = bytes
column-case-kind = case kind
column-category = category
column-change = change
column-check = check
column-clause = clause
column-code = code
column-detail = detail
column-division-code = division code
column-doc-no = doc no
column-due-on = due on
column-email = email
column-engine = engine
column-entries = entries
column-equal = equal
column-fault = fault
column-field = field
column-file = file
column-files = files
column-fingerprint = fingerprint
column-formed-on = formed on
column-head = head
column-host = host
column-id = id
column-index-no = index no
column-indicator = indicator
column-indicator-no = no
column-is-info-officer = info officer
column-joined-on = joined on
column-key = key
column-kind = kind
column-label = label
column-last-login-at = last login at
column-legal-limit = legal limit
column-level = level
column-line = line
column-login-name = login name
column-name = name
column-new = new
column-oa-mode = OA mode
column-old = old
column-op-id = operation
column-opened-on = opened on
column-organ = organ
column-origin = origin
column-os-user = OS user
column-parent = parent
column-period-actual = period actual
column-phone = phone
column-promise-limit = promise limit
column-published-on = published on
column-rate = rate
column-real-name = real name
column-reason = reason
column-remedy = remedy
column-repository = repository
column-result = result
column-rows = rows
column-rows-expected = rows expected
column-rule = rule
column-script = script
column-seq = seq
column-severity = severity
column-sha256 = SHA-256
column-shell = shell
column-short-name = short name
column-snapshot = snapshot
column-sort-no = sort no
column-sound = sound
column-staff-no = staff no
column-state = state
column-status = status
column-step = step
column-subject-key = subject key
column-subject-table = subject table
column-table = table
column-tables = tables
column-title = title
column-tree = tree
column-unit = unit
column-unit-name = unit name
column-units-below = units below
column-unsealed = unsealed
column-uscc = USCC
column-valid-from = valid from
column-valid-until = valid until
column-value = value
column-verb = verb
column-verdict = verdict
column-verified-at = verified at
column-version = version
column-waivable = waivable
column-what = what
column-year-to-date = year to date

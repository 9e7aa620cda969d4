# 简体中文消息。与 en/swj.ftl 编号相同、变量相同。

error = 错误
hint = 提示
yes = 是
no = 否
dry-run = 试运行：没有写入任何内容。

## 数据库
database-not-named = 没有指定数据库
database-not-named-hint = 使用 -d 文件 或 -d postgres://…，或设置 SWJ_DATABASE，或在 config.toml 中设置 database.url
database-missing = { $name } 没有数据库
database-missing-hint = 请检查路径或名称；`swj init -d { $name }` 可新建
database-foreign = { $path } 不是 swj 数据库
database-foreign-hint = 请检查路径；如果它曾是数据库，可用 `swj backup restore latest` 恢复
database-read-only = 数据库无法写入：{ $detail }
database-read-only-hint = 请检查文件及其所在目录的权限
database-busy = 数据库正忙：{ $detail }
database-busy-hint = 请稍后重试
database-unreachable = 服务器没有应答：{ $detail }
database-unreachable-hint = 请检查主机、端口以及 PostgreSQL 是否运行，然后重试
database-refused = 服务器拒绝登录：{ $detail }
database-refused-hint = 请检查用户、口令和 pg_hba.conf
database-rule = 数据库拒绝了此操作：{ $message }（{ $constraint }）
database-rule-hint = 没有写入任何内容；请改正所指的值后重试
database-schema = 数据库结构不符：{ $detail }
database-schema-hint = `swj db status` 可查看已执行的结构步骤
database-no-postgres = 本程序编译时未包含 PostgreSQL
database-no-postgres-hint = 请用默认特性重新编译（需要 OpenSSL 头文件），或改用 SQLite 文件
database-failed = 数据库出错：{ $detail }
database-newer = 数据库含有本程序不认识的结构步骤 { $version }
database-newer-hint = 请安装更新版本的 swj；未做任何改动
database-empty = 此数据库中还没有 swj 的表
database-empty-hint = 用 `swj init` 建立
database-older = 数据库缺少 { $count } 个结构步骤
database-older-hint = 请先备份，再执行 `swj db migrate`

## 文件
file-missing = 文件 { $path } 不存在
file-not-permitted = 没有访问 { $path } 的权限
file-is-folder = { $path } 是目录，不是文件
file-read-only = { $path } 位于只读文件系统
file-disk-full = 写 { $path } 时磁盘空间不足
file-failed = { $path }：{ $detail }
file-hint = 请检查路径和权限

## 配置
config-not-toml = 配置文件不是有效的 TOML：{ $detail }
config-unknown-key = 未知的配置项 `{ $key }`
config-unknown-key-hint = 是否想写 `{ $nearest }`？`swj config show` 可列出全部配置项
config-not-a-number = { $key } 必须是整数，而不是 `{ $value }`

## 用法
usage-unknown-argument = 未知参数 `{ $arg }`
usage-unknown-command = 未知命令 `{ $name }`
usage-missing-command = 缺少命令
usage-missing-argument = 缺少：{ $args }
usage-conflict = `{ $arg }` 不能与 `{ $other }` 同时使用
usage-no-value = `{ $arg }` 需要一个值
usage-invalid-value = `{ $value }` 不是 { $arg } 的有效值
usage-number-of-values = { $arg } 的值个数不对
usage-did-you-mean = 是否想写 `{ $near }`？
usage-valid-values = 可用的值：{ $values }
usage-see-help = 加上 --help 可查看用法
usage-format = 未知格式 `{ $value }`
usage-format-hint = 可用的格式：{ $known }
usage-field = 没有名为 `{ $field }` 的列
usage-field-hint = 可用的列：{ $known }
usage-color = --color 只能是 auto、always 或 never，不能是 `{ $value }`
usage-binary = 工作簿不能显示在终端上
usage-binary-hint = 请加上 -o 文件.xlsx
usage-day = `{ $value }` 不是日期
usage-day-hint = 请写成 2026-11-23 的形式
usage-month = `{ $value }` 不是月份
usage-month-hint = 请写成 2026-10 的形式
usage-period = `{ $value }` 不是统计期
usage-period-hint = 请写成 2026-10、2026-Q3、2026-H1 或 2026

## 提问
confirm-needed = 此操作需要确认，但没有可以提问的终端
confirm-needed-hint = 加上 --yes 表示同意，或加上 --dry-run 只看计划
confirm-type-name = 请键入 { $name } 以继续
confirm-name-needed = 此操作需要键入目标名称，但没有可以提问的终端
confirm-name-needed-hint = 加上 --confirm { $name }
confirm-cancelled = 已取消；未做任何改动
password-needed = 需要口令，但没有可以提问的终端
password-needed-hint = 加上 --password-file 文件
password-again = 请再输一次
password-differs = 两次输入不同，请重试。
password-exposed = 口令文件 { $path } 可被他人读取
password-exposed-hint = chmod 600 { $path }
password-empty = 口令文件 { $path } 是空的

## 进度与说明
progress-line = { $what }：{ $seconds } 秒内完成 { $done }
progress-reading = 读取
progress-writing = 写入
progress-verifying = 校验
progress-checking = 检查
progress-digesting = 计算摘要
progress-copying = 复制
progress-restoring = 恢复
progress-auditing = 审计
progress-loading = 装入
remark-truncated = 共 { $total } 行，显示 { $shown } 行。

## 初始化
init-ask-organisation = 机关全称
init-ask-system = 系统管理员（账号:姓名:工号）
init-ask-security = 安全管理员（账号:姓名:工号）
init-ask-audit = 审计管理员（账号:姓名:工号）
init-missing = 缺少 { $flag }，且没有可以提问的终端
init-missing-hint = swj init --organisation 名称 --system 账号:姓名:工号 --security … --audit …
init-person = `{ $value }` 不是“账号:姓名:工号”
init-person-hint = 例如 zhangwei:张伟:1001；账号用小写
init-one-person = 三员必须是三个不同的人
init-one-person-hint = 系统、安全、审计管理员互斥（GB/T 22239 8.1.7.2）
init-passwords-needed = 需要一个文件来保存三个初始口令
init-passwords-needed-hint = 加上 --passwords 文件
init-passwords-exist = { $path } 已经存在
init-passwords-exist-hint = 请用 --passwords 另指定一个文件
init-reason = 首次建立
init-done = 已建立 { $url }。三个初始口令在 { $path } 中；交接后请删除该文件。
init-already = { $url } 早已建立；无事可做。

## 单位与用户
unit-unknown = 没有编码为 `{ $code }` 的单位
unit-unknown-hint = `swj unit list` 可列出单位编码
unit-exists = 单位编码 `{ $code }` 已被使用
unit-exists-hint = `swj unit show { $code }` 可查看该单位
unit-added = 已新增 { $name }。
user-unknown = 没有账号为 `{ $login }` 的用户
user-unknown-hint = `swj user list` 可列出账号
user-exists = 账号 `{ $login }` 已被使用
user-exists-hint = `swj user show { $login }` 可查看其所有者
user-login-form = `{ $login }` 不是有效的账号
user-added = 已新增 { $name }（{ $login }）；尚无口令。
user-closed = { $login } 已永久注销
user-disable-nothing = 这些账号早已停用。
user-disable-question = 停用 { $count } 个账号？
user-disabled = 已停用 { $count } 个账号。

## 导入
import-read-as = 已按 { $encoding } 读取 { $file }，表头在第 { $line } 行。
import-ignored-columns = 未使用的列：{ $columns }
import-counts = 读取 { $read } = 新增 { $added } + 变更 { $changed } + 未变 { $unchanged } + 拒绝 { $rejected } + 跳过 { $skipped }
import-refused = { $count } 行被拒绝，因此什么都没有写入。请改正后重试，或加上 --on-error skip 只写入其余行。
import-question = 写入 { $count } 处变更？
import-nothing = 没有变化。
intake-not-found = 文件 { $path } 不存在
intake-not-found-hint = 请检查路径
intake-folder = { $path } 是目录，不是表格
intake-folder-hint = 请指定一个文件
intake-empty = { $path } 是空的
intake-empty-hint = 请重新导出表格
intake-blank = { $path } 只有空行
intake-blank-hint = 请重新导出表格
intake-not-a-table = { $path } 不是文本表格，而是 { $kind }
intake-not-a-table-hint = 请打开它并把工作表另存为 CSV（UTF-8）
intake-unknown-encoding = 未知编码 `{ $name }`
intake-unknown-encoding-hint = 例如 UTF-8、GB18030、UTF-16LE
intake-not-text = 既不是 UTF-8 也不是 GB18030：第 { $offset } 字节无法解码
intake-not-text-hint = 请另存为 CSV UTF-8，或用 --encoding 指定编码
intake-no-header = 找不到表头；缺少这些列：{ $missing }
intake-no-header-hint = 最接近的是第 { $line } 行：{ $cells }；请用 --header-row 指定表头行，或用 --map 字段=列 指定列
intake-no-header-hint-none = 请用 --header-row 指定表头行，或用 --map 字段=列 指定列
intake-ambiguous-header = 有几行都可能是表头：第 { $lines } 行
intake-ambiguous-header-hint = 请用 --header-row 指定
intake-unknown-field = 没有字段 `{ $field }`
intake-unknown-field-hint = 可用的字段：{ $known }
intake-unknown-column = 没有列 `{ $column }`
intake-unknown-column-hint = 可用的列：{ $known }
intake-duplicate-column = 有两列都可能是 `{ $field }`：{ $columns }
intake-duplicate-column-hint = 请用 --map { $field }=列 选定一列

## 导入规则：为何拒绝，如何处理
rule-value-missing = 该单元格不能为空
fix-value-missing = 请填写
rule-ragged-row = 该行有 { $value } 个单元格
fix-ragged-row = 单元格个数应与表头一致；单元格内有逗号时要给单元格加引号
rule-bad-quote = 引号没有闭合：{ $value }
fix-bad-quote = 请闭合引号，或把单元格内的引号写两遍
rule-duplicate-in-file = 第 { $value } 行已有相同的键
fix-duplicate-in-file = 请删去其中一行
rule-unit-code = `{ $value }` 不是单位编码
fix-unit-code = 最多 32 个字符，不含空白
rule-unit-kind = `{ $value }` 不是单位类型
fix-unit-kind = 局、机关处室、局属单位、区水务局 或 外部机关
rule-unit-oa-mode = `{ $value }` 不是接入方式
fix-unit-oa-mode = 全员网上运转、仅公文传递 或 未接入
rule-unit-unknown = 没有名为 `{ $value }` 的单位
fix-unit-unknown = 请使用 `swj unit list` 中的编码，或先导入单位
rule-unit-parent-unknown = 上级单位 `{ $value }` 既不在库中也不在文件中
fix-unit-parent-unknown = 请补上该上级单位，或改正编码
rule-unit-parent-stuck = 上级单位 `{ $value }` 本身被拒绝，或单位之间成环
fix-unit-parent-stuck = 请先改正上级单位那一行
rule-login-form = `{ $value }` 不是有效的账号
fix-login-form = 2 至 32 个小写字母、数字、点、连字符或下划线，以字母或数字开头
rule-account-type = `{ $value }` 不是账户类型
fix-account-type = 个人、外部、服务 或 共享
rule-yes-or-no = `{ $value }` 既不是“是”也不是“否”
fix-yes-or-no = 请写 是 或 否
rule-not-a-day = `{ $value }` 不是日期
fix-not-a-day = 请写成 2026-11-23 的形式
rule-not-a-number = `{ $value }` 不是整数
fix-not-a-number = 只写数字
rule-phone-masked = `{ $value }` 是掩码，且与登记的号码不符
fix-phone-masked = 请写完整号码，或去掉该列
rule-disclosure-attribute = `{ $value }` 不是公开属性
fix-disclosure-attribute = 主动公开、依申请公开 或 不予公开
rule-withheld-without-reason = 不予公开必须说明理由
fix-withheld-without-reason = 请写明理由（《政府信息公开条例》第十四条至第十六条）
rule-published-but-not-open = 不是主动公开，却有公开日期 { $value }
fix-published-but-not-open = 请改正公开属性，或删去日期
rule-published-before-made = 公开日期 { $value } 早于生成日期
fix-published-before-made = 请改正其中一个日期
rule-day-in-future = { $value } 在将来
fix-day-in-future = 请改正日期
rule-normative-kind = `{ $value }` 不是文件性质
fix-normative-kind = 规章、行政规范性文件 或 其他
rule-name-missing = 事项没有名称
fix-name-missing = 请填写名称
rule-code-number-damaged = `{ $value }` 因按数字保存而损坏
fix-code-number-damaged = 请把该列设为文本并填写完整编码
rule-limit-two-values = `{ $value }` 中有两个时限
fix-limit-two-values = 请把法定时限和承诺时限分列填写
rule-limit-unreadable = `{ $value }` 不是时限
fix-limit-unreadable = 请写成 20个工作日、即办 或 无

## 许可、公开、统计
license-unknown = 没有编码或名称为 `{ $key }` 的许可事项
license-unknown-hint = `swj license list` 可列出事项
license-several = 有几个事项都符合 `{ $key }`
license-several-hint = 请用编号选定：{ $ids }
license-warnings = { $count } 行存疑（{ $rules }）；已按原文导入。
stats-period-not-over = 统计期尚未结束：截止于 { $last }。
stats-identity-broken = 这些单位的数字勾稽不符：{ $units }

## 审计与日志
audit-rule-file = 这不是审计规则：{ $fault }
audit-rule-twice = 有两条规则的编号都是 { $id }
audit-rule-unknown = 没有编号为 `{ $id }` 的规则
audit-rule-unknown-hint = `swj audit rules` 可列出规则
audit-skipped = { $rule } 无法判定：{ $why }
audit-total = 规则 { $rules } = 运行 { $ran } + 跳过 { $skipped }；发现 { $findings }
log-sound = 链条完好，共 { $count } 条；链首散列以 { $head } 开头。请把它记在别处：只有这样才能发现末尾被截断。
log-broken = 日志链在第 { $no } 环断裂
log-head-missing = 先前记下的链首已不在链中：末尾被截断或改写

## 结构
migrate-nothing = 数据库结构已是最新。
migrate-question = 执行 { $count } 个步骤？
migrate-done = 已执行 { $count } 个步骤。

## 备份
backup-no-repository = 没有指定备份库
backup-no-repository-hint = 加上 --repository 目录，或在 config.toml 中设置 backup.repository
backup-password = 备份库口令
backup-init-done = 已建立备份库 { $folder }。请把口令另存一份：没有口令什么都无法恢复。
backup-run-done = 已保存快照 { $id }。
backup-repository-missing = { $folder } 没有备份库
backup-repository-missing-hint = 请检查路径；`swj backup init` 可新建
backup-repository-exists = { $folder } 已有备份库
backup-repository-exists-hint = 直接使用即可
backup-wrong-password = 用此口令打不开备份库 { $folder }
backup-wrong-password-hint = 请检查 --password-file
backup-no-snapshot = 没有名为 `{ $id }` 的快照
backup-no-snapshot-hint = `swj backup list` 可列出快照
backup-no-file = 快照中没有文件 { $path }
backup-damaged = 备份库已损坏：{ $detail }
backup-damaged-hint = 请从别处保存的副本恢复；不要再写入此备份库
backup-failed = 备份库出错：{ $detail }
backup-manifest-damaged = 快照的清单无法读取：{ $detail }
backup-file-missing = 快照缺少 { $path }
backup-verify-sound = 快照 { $id } 完好。
backup-verify-damaged = 发现 { $count } 处损坏；请勿依赖此备份库。
backup-tool-missing = 没有安装 { $tool }
backup-tool-missing-hint = 请安装与服务器同版本或更新的 Debian 软件包 postgresql-client
backup-tool-failed = PostgreSQL 的工具出错：{ $detail }
backup-other-engine = 快照中是 { $engine } 数据库，与目标种类不同
backup-other-engine-hint = 请先恢复为同种数据库
backup-target-in-use = 有其他程序正连接数据库 { $name }
backup-target-in-use-hint = 请停止 OA 后再恢复；未做任何改动
backup-newer = 快照含有本程序不认识的结构步骤 { $version }
backup-no-space = 可用 { $free } 字节，需要 { $needed } 字节
backup-proof-failed = 恢复出的数据库与备份不一致。目标未被触动。
backup-restored = 已把快照 { $id } 恢复到 { $target }：{ $rows } 行，每张表均已核对。
backup-set-aside = 原有数据库现在是 { $aside }。
backup-undo = 如需撤回：{ $command }

## 演示
demo-not-empty = 数据库不是空的：{ $table } 有 { $rows } 行
demo-not-empty-hint = 请用 `swj init` 新建数据库后再装入
demo-loaded = 已向 { $tables } 张表装入 { $rows } 行。

## 列名
column-account-type = 账户类型
column-actor = 操作人
column-added-bytes = 新增字节
column-after = 变更后
column-at = 时间
column-attribute = 公开属性
column-before = 变更前
column-broken-at = 断裂处
column-bytes = 字节
column-case-kind = 办件类型
column-category = 类别
column-change = 变更
column-check = 检查
column-clause = 依据条款
column-code = 编码
column-detail = 详情
column-division-code = 行政区划代码
column-doc-no = 文号
column-due-on = 应公开日期
column-email = 邮箱
column-engine = 引擎
column-entries = 条目
column-equal = 一致
column-fault = 问题
column-field = 字段
column-file = 文件
column-files = 文件数
column-fingerprint = 指纹
column-formed-on = 生成日期
column-head = 链首散列
column-host = 主机
column-id = 编号
column-index-no = 索引号
column-indicator = 指标
column-indicator-no = 序号
column-is-info-officer = 信息员
column-joined-on = 到岗日期
column-key = 键
column-kind = 类型
column-label = 标签
column-last-login-at = 最近登录
column-legal-limit = 法定时限
column-level = 级次
column-line = 行
column-login-name = 账号
column-name = 名称
column-new = 新值
column-oa-mode = 接入方式
column-old = 旧值
column-op-id = 操作编号
column-opened-on = 成立日期
column-organ = 实施机关
column-origin = 来源
column-os-user = 系统用户
column-parent = 上级
column-period-actual = 本期实际
column-phone = 电话
column-promise-limit = 承诺时限
column-published-on = 公开日期
column-rate = 主动公开率
column-real-name = 姓名
column-reason = 原因
column-remedy = 处置
column-repository = 备份库
column-result = 结果
column-rows = 行数
column-rows-expected = 应有行数
column-rule = 规则
column-script = 脚本
column-seq = 序号
column-severity = 级别
column-sha256 = SHA-256
column-shell = 命令行环境
column-short-name = 简称
column-snapshot = 快照
column-sort-no = 排序
column-sound = 完好
column-staff-no = 工号
column-state = 状态
column-status = 状态
column-step = 步骤
column-subject-key = 对象
column-subject-table = 对象表
column-table = 表
column-tables = 表数
column-title = 标题
column-tree = 单位
column-unit = 单位编码
column-unit-name = 单位
column-units-below = 下级单位
column-unsealed = 未封存
column-uscc = 统一社会信用代码
column-valid-from = 生效
column-valid-until = 有效期至
column-value = 值
column-verb = 操作
column-verdict = 结论
column-verified-at = 验证时间
column-version = 版本
column-waivable = 可豁免
column-what = 项目
column-year-to-date = 本年累计

"""The words that the story presses and expects to read, in each language: written here, not looked up."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Words:
    """What stands on buttons, fields and pages."""

    # registering
    register: str
    customer: str
    product: str
    quantity: str
    price: str
    below_list: str
    price_reason: str
    wanted_until: str
    add_line: str
    expected_close: str
    more: str
    contact: str
    submit: str
    submitted: str
    # deciding
    waits_for_you: str
    take_it: str
    open: str
    take: str
    taken: str
    ask: str
    question: str
    asked: str
    to_answer: str
    answer: str
    your_answer: str
    answered: str
    account: str
    by_the_system: str
    approve: str
    approved: str
    reject: str
    your_words: str
    rejected: str
    in_review: str
    conflict: str
    open_room: str
    proposed: str
    to_losers: str
    decide: str
    decided: str
    # the sale
    win: str
    won: str
    # revenue
    import_file: str
    revenue: str
    source_system: str
    file: str
    look: str
    column_for_invoice: str
    look_again: str
    start: str
    all_in: str
    # earnings
    deals: str
    earnings: str
    step_by_step: str
    how_we_got: str
    # the month
    months: str
    export: str
    equals_ledger: str
    to_be_closed: str
    close_month: str
    closed: str
    total: str


ENGLISH: Final = Words(
    register="Register a deal",
    customer="Customer",
    product="Product",
    quantity="Quantity",
    price="Price each, net",
    below_list="A price below the list",
    price_reason="Why the customer needs this price",
    wanted_until="Wanted until",
    add_line="Add a line",
    expected_close="Expected close",
    more="More about it, all optional",
    contact="Contact",
    submit="Submit for review",
    submitted="Submitted. The vendor will look at it.",
    waits_for_you="Waits for you",
    take_it="take it into review",
    open="Open",
    take="Start the review",
    taken="The review is yours.",
    ask="Ask for information",
    question="Your question",
    asked="Info requested",
    to_answer="a question to answer",
    answer="Answer",
    your_answer="Your answer",
    answered="Your answer is with the vendor.",
    account="Account",
    by_the_system="by the system",
    approve="Approve",
    approved="Approved. The partner is told.",
    reject="Reject",
    your_words="Your words to the partner",
    rejected="Rejected",
    in_review="In review",
    conflict="In conflict with one other",
    open_room="Open the room",
    proposed="By the rules, Alpha Systemhaus GmbH goes on",
    to_losers="To those who do not go on",
    decide="Decide",
    decided="Decided. Those who do not go on are told why.",
    win="Won",
    won="Won. Congratulations!",
    import_file="Import a file",
    revenue="Revenue",
    source_system="Source system",
    file="File",
    look="Look at the file",
    column_for_invoice="Column for Belongs to invoice line",
    look_again="Look again",
    start="Import 4 rows",
    all_in="All 4 rows of data are in; nothing was refused.",
    deals="Deals",
    earnings="Earnings",
    step_by_step="Step by step",
    how_we_got="How we got €{}",
    months="Months and reports",
    export="Export",
    equals_ledger="The total equals the ledger, to the cent.",
    to_be_closed="To be closed",
    close_month="Close the month",
    closed="Books closed",
    total="Total in EUR",
)

CHINESE: Final = Words(
    register="报备商机",
    customer="客户",
    product="产品",
    quantity="数量",
    price="单价（不含税）",
    below_list="低于目录价的价格",
    price_reason="客户需要此价格的原因",
    wanted_until="需要至",
    add_line="添加一行",
    expected_close="预计成交日期",
    more="更多信息（均为选填）",
    contact="联系人",
    submit="提交审核",
    submitted="已提交，等待厂商审核。",
    waits_for_you="待您处理",
    take_it="待受理审核",
    open="打开",
    take="开始审核",
    taken="由您负责审核。",
    ask="退回补充",
    question="您的问题",
    asked="待补充材料",
    to_answer="有一个问题待您答复",
    answer="答复",
    your_answer="您的答复",
    answered="您的答复已提交给厂商。",
    account="客户档案",
    by_the_system="由系统",
    approve="批准",
    approved="已批准，并已通知伙伴。",
    reject="驳回",
    your_words="对伙伴的说明",
    rejected="已驳回",
    in_review="审核中",
    conflict="与另外 1 方撞单",
    open_room="进入裁决室",
    proposed="按规则，由 Alpha Systemhaus GmbH 继续",
    to_losers="给未获支持方的说明",
    decide="裁定",
    decided="已裁定。未获支持的伙伴将收到理由。",
    win="赢单",
    won="赢单，恭喜！",
    import_file="导入文件",
    revenue="收入",
    source_system="来源系统",
    file="文件",
    look="查看文件",
    column_for_invoice="“所属发票行”对应的列",
    look_again="重新查看",
    start="导入 4 行",
    all_in="全部 4 行数据均已导入，没有被拒绝的行。",
    deals="商机",
    earnings="佣金收益",
    step_by_step="计算明细",
    how_we_got="€{} 的计算明细",
    months="账期与报表",
    export="导出",
    equals_ledger="合计与佣金台账分毫不差。",
    to_be_closed="待结账",
    close_month="结账",
    closed="已结账",
    total="EUR 合计",
)

WORDS: Final = {"en": ENGLISH, "zh_CN": CHINESE}

"""What is pressed and read in the story from touch to cent, in both languages."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Words:
    """What is pressed and read, in one language."""

    start: str
    sealed: str
    churned: str
    upsold: str
    new: str
    why_churned: str
    value: str
    brought: str
    journey: str
    models: str
    lifecycle_event: str
    earned: str
    shares: str
    whose_work: str
    all_others: str
    proof: str
    claim: str
    customer: str
    own_words: str
    link: str
    submit: str
    submitted: str
    take: str
    approve: str
    approved: str
    pay_by: str


WORDS: Final = {
    "en": Words(
        "Start the run", "Sealed", "Churn", "Upsell", "New customer",
        "Churn: no payment and no order for 18 months, the last one on", "Customer value", "Brought so far", "Journey",
        "Credit by model", "Lifecycle event", "What was earned from it", "Partners, marketing and direct sales",
        "Whose work it was", "All others", "Download the proof", "Claim a contribution", "Customer", "In your words",
        "Link to the evidence", "Submit for review", "Submitted. The vendor will look at it.", "Start the review",
        "Approve", "Approved. It counts from now on.", "Pay by this run",
    ),
    "zh_CN": Words(
        "开始计算", "已锁定", "流失", "增购", "新签", "流失：18 个月没有付款或下单", "客户价值", "迄今贡献", "客户旅程",
        "各归因模型的贡献占比", "生命周期事件", "查看由此产生的佣金", "伙伴、市场与直销", "这是谁的贡献", "其他各方合计",
        "下载凭证", "申报贡献", "客户", "贡献说明", "证据链接", "提交审核", "已提交，等待厂商审核。", "开始审核", "批准",
        "已批准，从现在起计入。", "按此批次计佣",
    ),
}  # fmt: skip

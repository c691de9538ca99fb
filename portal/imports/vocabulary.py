"""Headings by what they mean: what Salesforce, HubSpot, Dynamics, AWS, Microsoft and Chinese systems call the same.

A slice names a subject in the synonyms of its field (`synonyms=(*vocabulary.COUNTRY, "Land")`). Headings are compared
folded (`words.fold_word`), so `Account Name`, `ACCOUNT_NAME` and `accountName` are one entry.
"""

from typing import Final

from portal.imports.fields import ImportKind
from portal.imports.words import fold_word

# One word a line would hide what belongs together.
# fmt: off
COMPANY_NAME: Final = (
    "Account Name", "Company Name", "Company", "Company / Account", "Customer Name", "Organization", "Organisation",
    "Organization Name", "Legal Name", "Name of company", "customerCompanyName", "Reseller", "Reseller Name",
    "Store Name", "客户名称", "公司名称", "企业名称", "单位名称", "客户", "公司", "名称", "公司全称", "客户全称",
)
LOCAL_NAME: Final = (
    "Local Name", "Name (local)", "Account Name (Local)", "Native Name", "中文名", "中文名称", "本地名称",
    "当地名称",
)
PARTNER: Final = (
    "Partner", "Partner Name", "Partner Account", "Partner Company", "Channel Partner", "Reseller",
    "Partner of record", "PartnerID", "Partner ID", "Partner Key", "ResellerKey", "partner_account_id", "渠道伙伴",
    "合作伙伴", "伙伴", "伙伴名称", "代理商", "经销商", "渠道商",
)
PARENT: Final = (
    "Parent Account", "Parent", "Parent Company", "Parent ID", "Parent Account ID", "Distributor", "上级",
    "上级公司", "母公司", "总经销商", "上级经销商",
)
CUSTOMER: Final = (
    "Customer", "Customer Name", "Account Name", "End Customer", "End Customer Name", "Company / Account",
    "customerCompanyName", "Associated Company", "Account", "Company", "Account ID", "Customer ID", "Customer Key",
    "客户", "客户名称", "最终客户", "最终用户", "终端客户",
)
WEBSITE: Final = (
    "Website", "Web Site", "Website URL", "Domain", "Domain Name", "Company Domain Name", "URL", "Homepage",
    "customerWebsite", "Email Domain", "网站", "网址", "官网", "域名", "公司网址",
)
COUNTRY: Final = (
    "Country", "Country/Region", "Country-Region", "Country or Region", "Billing Country", "Mailing Country",
    "Customer Country", "Country Code", "Billing Country Code", "BillingCountryCode", "国家", "国家/地区",
    "国家或地区", "国别",
)
STATE: Final = (
    "State", "State/Province", "State-Province", "State or Province", "Billing State", "Billing State/Province",
    "Mailing State", "Province", "Region", "省", "省份", "州", "省/州", "省/市",
)
CITY: Final = ("City", "Billing City", "Mailing City", "Customer City", "Town", "城市", "市", "所在城市")
STREET: Final = (
    "Street", "Street Address", "Address", "Address Line 1", "AddressLine1", "Billing Street", "Mailing Street",
    "Billing Address", "地址", "街道", "详细地址", "公司地址",
)
POSTCODE: Final = (
    "Postal Code", "Postcode", "ZIP", "ZIP Code", "Zip/Postal Code", "Billing Postal Code",
    "Billing Zip/Postal Code", "Mailing Postal Code", "邮编", "邮政编码",
)
PHONE: Final = (
    "Phone", "Phone Number", "Telephone", "Tel", "Business Phone", "Main Phone", "Mobile", "Mobile Phone", "电话",
    "手机", "联系电话", "手机号", "公司电话",
)
REGISTRY_ID: Final = (
    "Registry ID", "Registration Number", "Company Registration Number", "Tax ID", "VAT", "VAT ID", "VAT Number",
    "EIN", "Unified Social Credit Code", "DUNS", "D-U-N-S Number", "统一社会信用代码", "信用代码", "税号",
    "工商注册号", "营业执照号",
)
INDUSTRY: Final = (
    "Industry", "Sector", "Vertical", "Industry Lookup", "Business Type", "行业", "所属行业", "客户行业",
)
EMPLOYEES: Final = (
    "Employees", "Number of Employees", "NumberOfEmployees", "No. of Employees", "NumberEmployees", "NumEmployees",
    "Company Size", "segmentCompanySize", "Headcount", "员工数", "员工人数", "公司规模", "人数",
)
LANGUAGES: Final = ("Language", "Languages", "Preferred Language", "语言", "语种")
FULL_NAME: Final = (
    "Full Name", "Name", "Contact", "Contact Name", "Contact Full Name", "fullName", "Contact Person", "姓名",
    "联系人", "联系人姓名",
)
FIRST_NAME: Final = ("First Name", "FirstName", "Given Name", "名")
LAST_NAME: Final = ("Last Name", "LastName", "Surname", "Family Name", "姓")
EMAIL: Final = (
    "Email", "E-mail", "Email Address", "E-mail Address", "Contact Email", "Work Email", "customerEmail", "Mail",
    "邮箱", "电子邮箱", "电子邮件", "邮件", "联系邮箱",
)
JOB_TITLE: Final = ("Job Title", "Title", "Position", "customerTitle", "职位", "职务", "岗位")
OWNER: Final = (
    "Owner", "Account Owner", "Opportunity Owner", "Lead Owner", "Deal Owner", "Company Owner", "Contact Owner",
    "Opportunity Owner Name", "Owner Email", "Account Manager", "Partner Manager", "Sales Rep", "Salesperson",
    "负责人", "所有人", "客户经理", "渠道经理", "销售", "销售人员", "归属人",
)
SOURCE_ID: Final = (
    "ID", "Record ID", "Record ID - Company", "Record ID - Deal", "Record ID - Contact", "External ID", "Source ID",
    "Key", "编号", "记录ID", "外部编号", "来源编号",
)
ACCOUNT_ID: Final = (
    "Account ID", "AccountID", "Account Number", "Company ID", "Customer ID", "客户编号", "公司编号", "客户ID",
)
DEAL_ID: Final = (
    "Opportunity ID", "OpportunityID", "Deal ID", "Deal Number", "Referral ID", "Engagement ID", "Microsoft MSX ID",
    "partnerCrmUniqueIdentifier", "apnCrmUniqueIdentifier", "OpportunitySeq", "商机编号", "报备编号", "项目编号",
    "商机ID",
)
DEAL_NAME: Final = (
    "Opportunity Name", "Deal Name", "DealName", "Opportunity", "Topic", "Project Name", "Project Title",
    "partnerProjectTitle", "DealRegistrationName", "Deal Registration Name", "Subject", "商机名称", "项目名称",
    "商机", "商机主题",
)
AMOUNT: Final = (
    "Amount", "Value", "Deal Value", "Deal Amount", "Opportunity Amount", "Estimated Deal value", "Estimated Value",
    "Estimated Revenue", "Total Amount", "Contract Value", "DealSize", "Deal Size", "expectedMonthlyAwsRevenue",
    "Lead value", "金额", "商机金额", "预计金额", "合同金额", "项目金额", "总金额",
)
CURRENCY: Final = (
    "Currency", "Currency Code", "CurrencyIsoCode", "Currency ISO Code", "Amount Currency", "Total Amount Currency",
    "Deal currency", "Contract Currency", "Lead currency", "transactioncurrencyid", "币种", "货币", "币别",
)
CLOSE_DATE: Final = (
    "Close Date", "CloseDate", "Expected Close Date", "Est. Close Date", "Estimated Close Date", "targetCloseDate",
    "Target Close Date", "Expected Closing", "结单日期", "预计成交日期", "预计成交时间", "预计签约日期",
    "预计关单日期", "结束日期",
)
CREATED_AT: Final = (
    "Created Date", "CreatedDate", "Create Date", "Created On", "Created At", "Date Created",
    "Opportunity Created On", "Deal Creation Date", "Referral Creation Date", "Creation Date", "创建时间",
    "创建日期", "登记日期", "报备日期",
)
STAGE: Final = (
    "Stage", "Stage Name", "StageName", "Deal Stage", "Sales Stage", "Pipeline Step", "PipelineStep",
    "Pipeline Stage", "阶段", "商机阶段", "销售阶段",
)
STATUS: Final = ("Status", "State", "Deal Status", "Lead Status", "SubmissionStatus", "状态", "报备状态")
PROBABILITY: Final = ("Probability", "Probability (%)", "Win Probability", "赢率", "成交概率", "概率", "赢单率")
LOSS_REASON: Final = ("Loss Reason", "Lost Reason", "Closed Lost Reason", "Status Reason", "丢单原因", "输单原因")
LEAD_SOURCE: Final = (
    "Lead Source", "LeadSource", "Source", "Original Source", "Campaign Name", "线索来源", "来源", "商机来源",
)
COMPETITOR: Final = (
    "Competitor", "Competitors", "Main Competitor", "Main Competitor(s)", "competitiveTracking", "竞争对手", "竞品",
)
NOTES: Final = (
    "Description", "Notes", "Comments", "Remarks", "projectDescription", "Deal Description", "Next Step", "备注",
    "描述", "说明", "项目描述",
)
PRODUCT: Final = (
    "Product", "Product Name", "Product Code", "Product ID", "ProductKey", "SKU", "Item", "Solution",
    "solutionOffered", "Solution Name", "产品", "产品名称", "产品编码", "产品编号", "商品", "型号",
)
PRODUCT_GROUP: Final = (
    "Product Category", "Category", "Product Family", "Family", "Product Line", "产品类别", "产品线", "品类",
)
QUANTITY: Final = (
    "Quantity", "Qty", "Order Quantity", "OrderQuantity", "Units", "Number of units", "数量", "订购数量",
)
UNIT_PRICE: Final = ("Unit Price", "UnitPrice", "Price", "Sales Price", "List Price", "单价", "销售单价", "目录价")
LINE_AMOUNT: Final = (
    "Net Amount", "Line Amount", "Sales Amount", "SalesAmount", "Sales", "Total", "Total Price", "Revenue",
    "Extended Amount", "净额", "行金额", "销售额", "销售金额", "收入",
)
COST: Final = ("Cost", "Total Product Cost", "TotalProductCost", "Cost of Sales", "成本", "产品成本")
INVOICE: Final = (
    "Invoice Number", "Invoice No.", "Invoice", "Invoice ID", "Sales Order Number", "SalesOrderNumber",
    "Order Number", "Transaction ID", "发票号", "发票号码", "订单号", "订单编号", "单据编号",
)
INVOICE_LINE: Final = (
    "Line Number", "Line", "Line No.", "SalesOrderLineNumber", "Sales Order Line Number", "行号", "明细行号",
)
INVOICE_DATE: Final = (
    "Invoice Date", "Order Date", "OrderDate", "Date", "Transaction Date", "Posting Date", "Payment Date",
    "Paid On", "发票日期", "开票日期", "订单日期", "日期", "付款日期", "收款日期", "到账日期",
)
TERM_START: Final = (
    "Start Date", "Contract Start Date", "Subscription Start", "Term Start", "开始日期", "合同开始日期", "生效日期",
)
TERM_END: Final = (
    "End Date", "Contract End Date", "Subscription End", "Renewal Date", "Term End", "合同结束日期", "到期日期",
    "到期日",
)
TERRITORY: Final = (
    "Territory", "Sales Territory", "SalesTerritoryKey", "Territory Name", "区域", "销售区域", "授权区域", "大区",
)
TIER: Final = ("Tier", "Partner Tier", "Partner Level", "Level", "伙伴等级", "等级", "级别")
# fmt: on


def known_headings(*kinds: ImportKind) -> frozenset[str]:
    """Every heading, folded, that the fields of these kinds are known by: with them headings are told from data."""
    return frozenset(
        fold_word(word) for kind in kinds for each in kind.fields for word in (each.name, each.label, *each.synonyms)
    )

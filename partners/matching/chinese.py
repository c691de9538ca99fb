"""A Chinese company name taken apart: place, brand, trade, legal form and branch, in simplified characters."""

import re
from dataclasses import dataclass
from typing import Final

from partners.matching.forms import HAN_GROUP, take_off_han

_PLACE_NAMES: Final = """
    中国 中华 大中华 亚洲 亚太 全球 香港 澳门 台湾 新加坡 日本 韩国 美国 英国 德国 法国 加拿大 澳大利亚 马来西亚 泰国
    越南
    印度 印尼 俄罗斯 欧洲 北美 东北 华北 华东 华南 华中 西南 西北
    北京 上海 天津 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南
    陕西 甘肃 青海 内蒙古 广西 西藏 宁夏 新疆
    石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁
    呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳
    葫芦岛
    长春 四平 辽源 通化 白山 松原 白城 延边 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化
    南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 昆山 江阴 张家港 常熟 太仓 宜兴
    杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌 慈溪 余姚 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山
    滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 晋江 石狮
    南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂
    德州 聊城 滨州 菏泽 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店
    武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州
    永州 怀化 娄底 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州
    揭阳 云浮
    南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 海口 三亚 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁
    内江
    乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 贵阳 六盘水 遵义 安顺 昆明 曲靖 玉溪 保山 昭通 丽江 大理 拉萨 西安 铜川
    宝鸡 咸阳 渭南 延安 汉中 榆林 安康 兰州 嘉峪关 天水 武威 张掖 平凉 酒泉 庆阳 西宁 银川 石嘴山 吴忠 乌鲁木齐 克拉玛依
    台北 新北 桃园 台中 台南 高雄 基隆 新竹 嘉义 九龙
"""
_PLACES: Final = frozenset(_PLACE_NAMES.split())
_LONGEST_PLACE: Final = max(map(len, _PLACES))
_PLACE_ENDING: Final = re.compile(r"^(?:特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市|县)")
_DISTRICT: Final = re.compile(r"^([\u4e00-\u9fff]{2,3}(?:新区|区|县))(?=[\u4e00-\u9fff]{4})")
_TRADE_WORDS: Final = """
    科技 技术 信息 网络 电子 贸易 商贸 经贸 外贸 实业 投资 管理 咨询 顾问 服务 文化 传媒 传播 广告 影视 娱乐 软件 计算机
    电脑 系统 通信 通讯 电信 物流 运输 货运 快递 速运 供应链 食品 餐饮 饮料 乳业 酒业 医药 药业 生物 制药 医疗 器械 健康
    机械 设备 装备 汽车 汽配 摩托车 零部件 房地产 地产 置业 物业 建筑 建设 工程 装饰 装修 设计 材料 建材 新材料 化工
    化学
    能源 新能源 电力 电气 电器 电机 石油 石化 天然气 燃气 煤业 矿业 钢铁 金属 铝业 有色 纺织 服装 服饰 鞋业 家具 家居
    家电
    仪器 仪表 环保 环境 水务 农业 农牧 牧业 渔业 林业 种业 教育 培训 金融 银行 保险 人寿 财产 证券 基金 信托 期货 租赁
    融资租赁 担保 资产 资本 酒店 旅游 旅行社 航空 机场 港口 铁路 高速公路 公路 百货 超市 零售 连锁 商业 进出口 国际 控股
    企业 发展 开发 产业 工业 制造 集成电路 半导体 微电子 光电 光学 智能 人工智能 机器人 数码 数据 数字 云计算 互联网
    物联网
    电子商务 电商 在线 印刷 包装 纸业 塑料 塑胶 橡胶 玻璃 陶瓷 模具 五金 工具 自动化 安防 消防 安全 检测 测试 认证 研究
    研究院 研究所 设计院 大学 学院 学校 医院 中心 事务所 律师 会计师 人力资源 劳务 体育 珠宝 化妆品 日用品 玩具 游戏
    动漫
    出版 出版社 报业 图书 餐饮管理 企业管理 投资管理 技术服务 科技发展 国际贸易 水泥 混凝土 船舶 重工 轨道交通 交通
"""
_TRADES: Final[dict[str, list[str]]] = {}
"""Words of trade by their last character, longer ones first."""
for _word in sorted(_TRADE_WORDS.split(), key=len, reverse=True):
    _TRADES.setdefault(_word[-1], []).append(_word)
_BRANCH_WORDS: Final = (
    "分公司|分行|支行|分店|分部|分院|分校|分所|支公司|办事处|代表处|联络处"
    "|营业部|营业厅|门店|专卖店|加油站|项目部|事业部"
)
_BRANCH: Final = re.compile(rf"(?:第[一二三四五六七八九十\d]+)?(?:{_BRANCH_WORDS})$")
_FORM_IN_BRACKETS: Final = re.compile(r"^(?:集团|股份|控股|有限合伙|普通合伙|特殊普通合伙|有限|筹|株)+(?:公司)?$")
_BRACKETS: Final = re.compile(r"[(\[{<【〔「『《]([^)\]}>】〕」』》]*)[)\]}>】〕」』》]")
_BETWEEN: Final = re.compile(r"[\s·・.,,、\-_/&']+")
_BRANCH_NAME_AT_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class ChineseName:
    """The parts of a name; empty ones are not in it."""

    place: str
    brand: str
    trade: str
    form: str
    branch: str
    alias: str


def take_apart(folded: str) -> ChineseName:
    """Take a folded name apart: 深圳市腾讯计算机系统有限公司 is of 深圳, is called 腾讯 and does 计算机系统."""
    place, alias, plain, branch = _brackets(folded)
    name, form, behind = take_off_han(_BETWEEN.sub("", plain))
    if behind and not _BRANCH.search(behind) and len(behind) > 1:
        # A trade mark or a remark behind the form is another name, not a branch.
        alias, behind = alias or behind, ""
    if not behind:
        name, behind = _branch_of(name)
    before, name = _place_of(name)
    name, trade = _trade_of(name)
    name, after = _place_behind(name)
    place = place or before or after
    if not name:
        name, place = (before or place), ("" if (before or place) == place else place)
    return ChineseName(place, name or trade, trade if name else "", form, branch or behind, alias)


def _brackets(folded: str) -> tuple[str, str, str, str]:
    """Place and alias that stand in brackets, the name without them, and a branch in brackets."""
    place = alias = branch = ""
    for inside in _BRACKETS.findall(folded):
        said = _BETWEEN.sub("", inside)
        bare = _bare_place(said)
        if bare:
            place = place or bare
        elif _BRANCH.search(said):
            branch = branch or said
        elif said and not _FORM_IN_BRACKETS.match(said):
            alias = alias or said
    plain = _BRACKETS.sub("", folded)
    return (place, alias, plain, branch) if plain.strip() else ("", "", folded, "")


def _bare_place(text: str) -> str:
    """The place without 市 or 省, when the text is one; empty otherwise."""
    if text in _PLACES:
        return text
    place, rest = _one_place(text)
    return place if place and not rest else ""


def _one_place(text: str) -> tuple[str, str]:
    """A place at the beginning, and the rest."""
    for length in range(min(_LONGEST_PLACE, len(text)), 1, -1):
        if text[:length] in _PLACES:
            return text[:length], _PLACE_ENDING.sub("", text[length:])
    return "", text


def _place_of(name: str) -> tuple[str, str]:
    """The nearest of the places at the beginning, and the rest, in which a name is left: 广东省深圳市X is of 深圳."""
    found = ""
    while True:
        place, rest = _one_place(name)
        if not place or len(rest) < _BRANCH_NAME_AT_LEAST:
            return found, name
        named_city = name[len(place) : len(place) + 1] == "市"
        found, name = place, rest
        if named_city:
            name = _DISTRICT.sub("", name)


def _place_behind(name: str) -> tuple[str, str]:
    """A place at the end of what is called so: 微软中国 is 微软."""
    for length in range(min(_LONGEST_PLACE, len(name) - 2), 1, -1):
        if name[-length:] in _PLACES:
            return name[:-length], name[-length:]
    return name, ""


def _trade_of(name: str) -> tuple[str, str]:
    """The name without words of trade at its end, of which two characters stay, and those words."""
    brand = name.removesuffix(HAN_GROUP) if len(name) > len(HAN_GROUP) + 1 else name
    trade = ""
    while True:
        word = next((one for one in _TRADES.get(brand[-1:], ()) if brand.endswith(one)), "")
        left = brand[: len(brand) - len(word)] if word else ""
        if not word or len(left) == 1:
            return brand, trade
        brand, trade = left.removesuffix(HAN_GROUP) or left, word + trade


def _branch_of(name: str) -> tuple[str, str]:
    """The name without a branch at its end, such as 北京分行, and that branch."""
    found = _BRANCH.search(name)
    if found is None or found.start() < _BRANCH_NAME_AT_LEAST:
        return name, ""
    start = found.start()
    for at in range(start - 2, _BRANCH_NAME_AT_LEAST - 1, -1):
        place, rest = _one_place(name[at:start])
        if place and len(rest) <= _LONGEST_PLACE:
            return name[:at], name[at:]
    at = start - _BRANCH_NAME_AT_LEAST
    return (name[:at], name[at:]) if at >= _BRANCH_NAME_AT_LEAST else (name, "")

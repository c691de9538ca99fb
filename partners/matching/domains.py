"""Websites and mail addresses as domains that belong to one company."""

from functools import lru_cache
from typing import Final

from tldextract import TLDExtract

_LIST: Final = TLDExtract(cache_dir=None, suffix_list_urls=())
"""The list of public suffixes that comes with the package; no network."""
_SHARED: Final = """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com rocketmail.com aol.com
    icloud.com
    me.com mac.com proton.me protonmail.com gmx.com gmx.net gmx.de gmx.at gmx.ch web.de t-online.de freenet.de arcor.de
    mail.com mail.ru yandex.ru yandex.com rambler.ru bk.ru inbox.ru list.ru zoho.com fastmail.com hey.com tutanota.com
    comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net btinternet.com
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it alice.it tiscali.it hotmail.co.uk yahoo.co.uk
    yahoo.co.jp yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.com.br yahoo.com.cn hotmail.fr hotmail.de hotmail.it live.fr
    naver.com hanmail.net daum.net nate.com docomo.ne.jp ezweb.ne.jp softbank.ne.jp rediffmail.com uol.com.br bol.com.br
    terra.com.br ig.com.br seznam.cz wp.pl o2.pl onet.pl interia.pl abv.bg bluewin.ch telenet.be skynet.be ziggo.nl
    qq.com vip.qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com 139.com 189.cn 21cn.com tom.com
    aliyun.com wo.cn 188.com 263.net eyou.com pchome.com.tw hinet.net seed.net.tw
    facebook.com linkedin.com twitter.com x.com instagram.com youtube.com tiktok.com weibo.com zhihu.com bilibili.com
    weixin.com wixsite.com wix.com weebly.com wordpress.com blogspot.com squarespace.com shopify.com myshopify.com
    github.io google.com goo.gl bit.ly t.co linktr.ee notion.site 1688.com alibaba.com taobao.com tmall.com jd.com
    made-in-china.com globalsources.com amazon.com ebay.com etsy.com yelp.com wikipedia.org example.com example.org
    example.net
"""
SHARED_HOSTS: Final = frozenset(_SHARED.split())
"""Hosts of free mail, social pages and shops: what many companies share says nothing about one."""
_SHORTEST: Final = len("a.b")


@lru_cache(maxsize=65536)
def clean_domain(text: str) -> str:
    """The registrable domain of a website or mail address; empty for none, and for one that many share."""
    typed = text.strip().lower().rsplit("@", 1)[-1]
    if len(typed) < _SHORTEST or "." not in typed:
        return ""
    found = _LIST(typed)
    domain = found.top_domain_under_public_suffix
    if not domain and not found.suffix and found.subdomain and not found.ipv4:
        domain = f"{found.subdomain.rsplit('.', 1)[-1]}.{found.domain}"
    whole = ".".join(part for part in (found.subdomain, domain) if part)
    return "" if domain in SHARED_HOSTS or whole in SHARED_HOSTS else domain

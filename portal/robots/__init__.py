"""Group robots: what happens, told in groups of WeCom, DingTalk, Feishu, Teams and Slack."""

def facts(story, network): return {}
def encode(card): return b"{}"
def write(story): return ""
def check(text, story): return 0

def write(story): return ""
def check(text, story): return 0

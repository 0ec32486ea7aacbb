when stream -> think
# 日本語 and a tab before it:
when prompt contains "日本語 ✓ é" and	tokns > 5
   -> think
default -> default

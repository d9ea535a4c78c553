"""Cross-prompt questions: does a chosen answer serve its prompt better than a rejected answer serves another prompt?"""

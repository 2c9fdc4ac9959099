"""Letters (文书): which the law asks for, what they say, how they look on paper."""

"""How an official document looks on paper (公文格式), whatever it says."""

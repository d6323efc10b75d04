print("kerp-load")

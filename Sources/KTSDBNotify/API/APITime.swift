/// Times in requests: RFC 3339, and the shorter forms of ISO 8601 that Alertmanager's framework takes.
enum APITime {
    /// Reads a time; nil if the text is not one. Without a zone it is in UTC; an empty text is 1970.
    static func parse(_ text: String) -> WallTime? {
        if text.isEmpty { return WallTime(seconds: 0) }
        guard text.utf8.count <= 64 else { return nil }
        if let time = TimeText.parse(text) { return time }
        for form in [withSeconds(text), text, text + "T00:00:00"] {
            if let time = TimeText.parse(form + "Z") ?? TimeText.parse(withColon(form)) ?? TimeText.parse(form) {
                return time
            }
        }
        return nil
    }

    /// `2026-01-02T03:04Z` with seconds.
    private static func withSeconds(_ text: String) -> String {
        guard text.utf8.count >= 16 else { return text }
        return String(text.prefix(16)) + ":00" + text.dropFirst(16)
    }

    /// `+0900` as `+09:00`.
    private static func withColon(_ text: String) -> String {
        guard text.utf8.count > 5, let sign = text.dropLast(4).last, "+-".contains(sign) else { return text }
        return text.dropLast(2) + ":" + text.suffix(2)
    }
}

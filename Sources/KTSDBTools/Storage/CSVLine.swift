/// Fields of comma-separated values, as RFC 4180 writes them; a field never contains a line feed.
enum CSVLine {
    /// Returns a text as a field, in quotes if it needs them.
    static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == 13 }) else {
            return text
        }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    /// Returns the fields of a line; nil if a quote does not end.
    static func fields(_ line: [UInt8]) -> [[UInt8]]? {
        let quote = UInt8(ascii: "\""), comma = UInt8(ascii: ",")
        var fields: [[UInt8]] = [[]], position = 0, isQuoted = false
        while position < line.count {
            let byte = line[position]
            position += 1
            if isQuoted {
                if byte != quote {
                    fields[fields.count - 1].append(byte)
                } else if position < line.count, line[position] == quote {
                    fields[fields.count - 1].append(quote)
                    position += 1
                } else {
                    isQuoted = false
                }
            } else if byte == quote, fields[fields.count - 1].isEmpty {
                isQuoted = true
            } else if byte == comma {
                fields.append([])
            } else {
                fields[fields.count - 1].append(byte)
            }
        }
        return isQuoted ? nil : fields
    }
}

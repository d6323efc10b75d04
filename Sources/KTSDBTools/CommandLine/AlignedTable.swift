/// Columns of text, aligned like those of Go's `text/tabwriter`: each is as wide as its widest cell plus two blanks.
///
/// A cell ends in a tab; text after a line's last tab is outside all columns. A column extends over consecutive lines
/// that have it.
enum AlignedTable {
    private static let padding = 2

    /// Returns the text with its tabs replaced by blanks.
    static func align(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
        }
        var widths = lines.map { [Int](repeating: 0, count: $0.count - 1) }
        measure(lines, 0..<lines.count, column: 0, &widths)
        return zip(lines, widths).map(line).joined(separator: "\n")
    }

    private static func line(_ cells: [String], _ widths: [Int]) -> String {
        var result = ""
        for (place, cell) in cells.enumerated() {
            result += cell
            if place < widths.count { result += String(repeating: " ", count: widths[place] - length(cell)) }
        }
        return result
    }

    private static func length(_ text: String) -> Int { text.unicodeScalars.count }

    /// Measures a column and the columns to its right, block by block.
    private static func measure(_ lines: [[String]], _ range: Range<Int>, column: Int, _ widths: inout [[Int]]) {
        var start = range.lowerBound
        while start < range.upperBound {
            guard lines[start].count - 1 > column else {
                start += 1
                continue
            }
            var end = start
            while end < range.upperBound, lines[end].count - 1 > column { end += 1 }
            let width = lines[start..<end].reduce(0) { max($0, length($1[column]) + padding) }
            for index in start..<end { widths[index][column] = width }
            measure(lines, start..<end, column: column + 1, &widths)
            start = end
        }
    }
}

internal import KTSDBModel

/// The labels of the series of a block that is being written: names, the values of each name, and shapes, by number.
struct LabelStore {
    private(set) var names = SymbolTable()
    /// The values of each name, numbered in the order of their first appearance.
    private(set) var values: [SymbolTable] = []
    /// Lists of name numbers, as bytes.
    private var shapeTable = SymbolTable()
    private(set) var shapes: [[UInt32]] = []
    /// For each series its shape's number and then the numbers of its values.
    private(set) var words: [UInt32] = []
    /// Where each series starts in `words`.
    private(set) var starts: [Int] = []

    /// Adds the labels of one more series.
    mutating func append(_ labels: Labels) {
        starts.append(words.count)
        words.append(0)
        var shape: [UInt32] = []
        let bytes = labels.stringForm
        let span = bytes.span
        var cursor = LabelCursor(bytes)
        while let label = cursor.next() {
            let name = names.intern(span.extracting(label.name))
            if Int(name) == values.count { values.append(SymbolTable()) }
            shape.append(name)
            words.append(values[Int(name)].intern(span.extracting(label.value)))
        }
        let key = unsafe shape.span.bytes
        let number = shapeTable.intern(Span(_bytes: key))
        if Int(number) == shapes.count { shapes.append(shape) }
        words[starts[starts.count - 1]] = number
    }

    /// The names of a series' labels, by number.
    func shape(of series: Int) -> [UInt32] { shapes[Int(words[starts[series]])] }

    /// The number of the value that a series has for the label at `position` of its shape.
    func value(_ position: Int, of series: Int) -> UInt32 { words[starts[series] + 1 + position] }

    /// The string form of a series' labels.
    func stringForm(of series: Int) -> [UInt8] {
        var form: [UInt8] = []
        for (position, name) in shape(of: series).enumerated() {
            Labels.append(field: ByteOrder.copy(names[name]), to: &form)
            let values = values[Int(name)]
            Labels.append(field: ByteOrder.copy(values[value(position, of: series)]), to: &form)
        }
        return form
    }
}

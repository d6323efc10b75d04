internal import KTSDBModel

/// The labels of the line that passes through a pipeline, in three categories: of a name there is one label, of the
/// highest category that set it.
///
/// One value serves all lines one after the other. Names have numbers (``NameTable``), and the bytes of all values are
/// in one array: first those of the stream, which remain from line to line, then those of the metadata, then what
/// stages have set.
struct LineLabels {
    /// Where a label comes from.
    enum Category: UInt8 {
        case absent, stream, metadata, parsed
    }

    /// A label by its number.
    private struct Slot {
        var category = Category.absent
        /// Whether the slot was changed since the line began.
        var isTouched = false
        var start = 0
        var end = 0
    }

    /// The number of `__error__`.
    static let error = 0
    /// The number of `__error_details__`.
    static let errorDetails = 1
    /// Names beyond these are forgotten before the next line, since lines can have any number of names.
    private static let nameLimit = 1 << 16, nameByteLimit = 8 << 20
    private static let suffix = Array("_extracted".utf8)

    private(set) var names = NameTable()
    private var slots: [Slot] = []
    /// The slots as they are when a line begins.
    private var baseSlots: [Slot] = []
    /// The number of the name with `_extracted`, or -1 if it was not looked up yet.
    private var suffixed: [Int] = []
    /// The bytes of all values.
    private var bytes: [UInt8] = []
    private var touched: [Int] = []

    private var stream = Labels()
    private var streamNumbers: [Int] = []
    private var metadata = Labels()
    /// In the order of the names in the result.
    private var metadataNumbers: [Int] = []
    /// The metadata by the names in the result.
    private var shownMetadata = Labels()
    private var isStreamChanged = false
    private var isMetadataChanged = false
    private var streamEnd = 0
    private var metadataEnd = 0

    /// Which labels parsers have to find.
    var needs: WantedLabels
    /// How many names the compiled stages have numbers of.
    private var compiledNames = 0
    private var order = LabelSorter()
    private var scratch: [UInt8] = []

    init(needs: WantedLabels) {
        self.needs = needs
        _ = number(of: ErrorLabel.name.utf8.span)
        _ = number(of: ErrorLabel.detailsName.utf8.span)
    }

    // MARK: Names

    /// Returns the number of a label's name.
    mutating func number(of name: Span<UInt8>) -> Int {
        let number = names.number(of: name)
        if number == slots.count {
            slots.append(Slot())
            baseSlots.append(Slot())
            suffixed.append(-1)
        }
        return number
    }

    /// Returns the number of a label's name in a stage, which keeps it for all lines. Called before the first line.
    mutating func number(inStage name: String) -> Int {
        let number = number(of: name.utf8.span)
        compiledNames = names.count
        return number
    }

    /// Returns the number of the name with `_extracted`.
    private mutating func extractedNumber(of number: Int) -> Int {
        if suffixed[number] >= 0 { return suffixed[number] }
        let name = Array(names[number]) + Self.suffix
        suffixed[number] = self.number(of: name.span)
        return suffixed[number]
    }

    private mutating func forgetNames() {
        compiledNames = max(compiledNames, 2)
        names.truncate(to: compiledNames)
        slots = Array(repeating: Slot(), count: compiledNames)
        baseSlots = slots
        suffixed = Array(repeating: -1, count: compiledNames)
        touched = []
        streamNumbers = []
        metadataNumbers = []
        order = LabelSorter()
        load(stream: stream)
        load(metadata: metadata)
    }

    // MARK: Lines

    /// Begins with the labels of another line.
    mutating func begin(_ entry: borrowing LogLine) {
        for number in touched { slots[number] = baseSlots[number] }
        touched.removeAll(keepingCapacity: true)
        isStreamChanged = false
        isMetadataChanged = false
        needs.begin()
        if names.count > Self.nameLimit || names.byteCount > Self.nameByteLimit { forgetNames() }
        if entry.stream != stream {
            load(stream: entry.stream)
            load(metadata: entry.metadata)
        } else if entry.metadata != metadata {
            load(metadata: entry.metadata)
        }
        bytes.removeSubrange(metadataEnd...)
    }

    private mutating func load(stream: Labels) {
        for number in streamNumbers + metadataNumbers { setBase(number, Slot()) }
        streamNumbers.removeAll(keepingCapacity: true)
        metadataNumbers.removeAll(keepingCapacity: true)
        self.stream = stream
        bytes = stream.stringForm
        streamEnd = bytes.count
        var cursor = LabelCursor(stream.stringForm)
        while let label = cursor.next() {
            let number = number(of: stream.stringForm.span.extracting(label.name))
            setBase(number, Slot(category: .stream, start: label.value.lowerBound, end: label.value.upperBound))
            streamNumbers.append(number)
        }
    }

    /// Metadata whose name is a stream label gets another name.
    private mutating func load(metadata: Labels) {
        for number in metadataNumbers { setBase(number, Slot()) }
        metadataNumbers.removeAll(keepingCapacity: true)
        self.metadata = metadata
        bytes.removeSubrange(streamEnd...)
        let form = metadata.stringForm
        bytes += form
        metadataEnd = bytes.count
        var isRenamed = false
        var cursor = LabelCursor(form)
        while let label = cursor.next() {
            var number = number(of: form.span.extracting(label.name))
            if baseSlots[number].category == .stream {
                number = extractedNumber(of: number)
                isRenamed = true
            }
            guard baseSlots[number].category == .absent else { continue }
            let value = label.value
            setBase(
                number,
                Slot(category: .metadata, start: streamEnd + value.lowerBound, end: streamEnd + value.upperBound))
            metadataNumbers.append(number)
        }
        shownMetadata = metadata
        if isRenamed {
            let names = names
            metadataNumbers.sort { LabelSorter.precedes(names[$0], names[$1]) }
            shownMetadata = labels(of: metadataNumbers, .metadata)
        }
    }

    private mutating func setBase(_ number: Int, _ slot: Slot) {
        baseSlots[number] = slot
        slots[number] = slot
    }

    // MARK: Reading

    /// The value of a label; nil if the line does not have it.
    subscript(number: Int) -> Span<UInt8>? {
        @_lifetime(borrow self)
        get {
            let slot = slots[number]
            return slot.category == .absent ? nil : bytes.span.extracting(slot.start..<slot.end)
        }
    }

    /// Whether the line has the label.
    func has(_ number: Int) -> Bool { slots[number].category != .absent }

    /// Whether an error was set.
    var hasError: Bool { slots[Self.error].category != .absent && slots[Self.error].start < slots[Self.error].end }

    /// Calls `body` with each label that the line has.
    func forEach(_ body: (_ number: Int) -> Void) {
        for number in streamNumbers where slots[number].category == .stream { body(number) }
        for number in metadataNumbers where slots[number].category == .metadata { body(number) }
        for number in touched where slots[number].category == .parsed { body(number) }
    }

    // MARK: Changing

    /// Sets a label, whatever set it before.
    mutating func set(_ number: Int, _ value: Span<UInt8>) {
        touch(number)
        slots[number].category = .parsed
        slots[number].start = bytes.count
        bytes.append(value)
        slots[number].end = bytes.count
    }

    /// Gives a label another name; does nothing if the line does not have it.
    mutating func rename(_ number: Int, to other: Int) {
        let slot = slots[number]
        guard slot.category != .absent, number != other else { return }
        touch(other)
        slots[other].category = .parsed
        (slots[other].start, slots[other].end) = (slot.start, slot.end)
        remove(number)
    }

    /// Removes a label.
    mutating func remove(_ number: Int) {
        guard slots[number].category != .absent else { return }
        touch(number)
        slots[number].category = .absent
    }

    private mutating func touch(_ number: Int) {
        switch slots[number].category {
        case .stream: isStreamChanged = true
        case .metadata: isMetadataChanged = true
        case .absent, .parsed: break
        }
        if slots[number].isTouched { return }
        slots[number].isTouched = true
        touched.append(number)
    }

    /// Sets the error, which takes the place of an earlier one.
    mutating func setError(_ kind: ErrorLabel, details: Span<UInt8>) {
        set(Self.error, kind.rawValue.utf8.span)
        if details.isEmpty { remove(Self.errorDetails) } else { set(Self.errorDetails, details) }
    }

    // MARK: Parsers

    /// Whether the query uses no label that a parser could set.
    var needsNothing: Bool { needs.isNothing }

    /// Whether all labels that the query uses have been found.
    var isComplete: Bool { needs.isComplete }

    /// Whether the query uses the label of that name, or any whose name begins with it and `_`.
    func wants(_ name: Span<UInt8>, orNested isPrefix: Bool = false) -> Bool {
        isPrefix ? needs.wants(prefix: name) : needs.wants(name)
    }

    /// Sets a label from the line, by its name or, if the stream or the metadata has a label of that name, by the name
    /// with `_extracted`. With `keepsFirst`, a value that a stage has set already remains.
    mutating func extract(_ number: Int, _ value: Span<UInt8>, keepsFirst: Bool) {
        var number = number
        if baseSlots[number].category == .stream || slots[number].category == .metadata {
            number = extractedNumber(of: number)
        }
        if slots[number].category == .parsed {
            if keepsFirst { return }
        } else if needs.isNeeded(names[number]) {
            needs.foundCount += 1
        }
        set(number, value)
    }

    /// Sets a label from the line by its name's bytes; see the other ``extract(_:_:keepsFirst:)``.
    mutating func extract(named name: Span<UInt8>, _ value: Span<UInt8>, keepsFirst: Bool) {
        guard needs.wants(name) else { return }
        extract(number(of: name), value, keepsFirst: keepsFirst)
    }

    // MARK: Results

    /// The line with its labels.
    mutating func processed(_ line: [UInt8], value: Double) -> ProcessedLine {
        var result = ProcessedLine(
            line: line, stream: isStreamChanged ? labels(of: streamNumbers, .stream) : stream,
            metadata: isMetadataChanged ? labels(of: metadataNumbers, .metadata) : shownMetadata,
            parsed: Labels(), value: value)
        guard !touched.isEmpty else { return result }
        order.sort(touched, names)
        var form: [UInt8] = []
        form.reserveCapacity(bytes.count - metadataEnd + touched.count * 16)
        for number in order.sorted where slots[number].category == .parsed {
            if slots[number].start == slots[number].end {
                result.emptyLabels.append(names[number].text)
            } else {
                append(number, to: &form)
            }
        }
        result.parsed = Labels(uncheckedStringForm: form)
        return result
    }

    private func labels(of numbers: [Int], _ category: Category) -> Labels {
        var form: [UInt8] = []
        for number in numbers where slots[number].category == category { append(number, to: &form) }
        return Labels(uncheckedStringForm: form)
    }

    /// A label set cannot hold names and values that are too long; they are left out.
    private func append(_ number: Int, to form: inout [UInt8]) {
        let name = names[number], slot = slots[number]
        guard max(name.count, slot.end - slot.start) <= Labels.fieldByteLimit else { return }
        Labels.append(length: name.count, to: &form)
        form.append(name)
        Labels.append(length: slot.end - slot.start, to: &form)
        form.append(bytes.span.extracting(slot.start..<slot.end))
    }
}

package import KTSDBModel

/// Writes JSON as UTF-8, in the form of the HTTP API.
///
/// Commas are added automatically. Nothing is checked: the calls must describe a well-formed document. For long
/// responses, take and send the bytes whenever ``count`` exceeds about 64 KiB:
///
/// ```swift
/// if json.count > 1 << 16 { await send(json.takeBytes()) }
/// ```
package struct JSONWriter: ~Copyable, Sendable {
    private var output: ByteWriter
    /// Whether the next element of the innermost container is not its first.
    private var needsComma = false

    /// Creates a writer with room for `capacity` bytes.
    package init(capacity: Int = 4096) { output = ByteWriter(capacity: capacity) }

    /// The number of bytes written since the last ``removeAll()``.
    package var count: Int { output.count }

    /// The bytes written since the last ``removeAll()``.
    package var span: Span<UInt8> {
        @_lifetime(borrow self)
        borrowing get { output.span }
    }

    /// The bytes written, as text.
    package var text: String { output.text }

    /// Calls `body` with the bytes written, which are valid only during the call.
    @unsafe
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: the caller does not let the pointer escape.
        try unsafe output.withUnsafeBytes(body)
    }

    /// Removes the bytes written and keeps the memory. The document continues where it was.
    package mutating func removeAll() { output.removeAll() }

    /// Returns the bytes written and removes them. The document continues where it was.
    package mutating func takeBytes() -> [UInt8] {
        let bytes = output.bytes
        output.removeAll()
        return bytes
    }

    // MARK: Containers

    /// Opens an object.
    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// Closes the innermost object.
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    /// Opens an array.
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// Closes the innermost array.
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a key that needs no escapes. Its value must follow.
    package mutating func key(_ key: StaticString) {
        comma()
        output.append(UInt8(ascii: "\""))
        output.append(key)
        output.append("\":")
        needsComma = false
    }

    /// Writes any key. Its value must follow.
    package mutating func key(_ key: String) {
        string(key)
        output.append(UInt8(ascii: ":"))
        needsComma = false
    }

    @inline(__always)
    private mutating func comma() {
        if needsComma { output.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        output.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        output.append(bracket)
        needsComma = true
    }

    // MARK: Values

    /// Writes `null`.
    package mutating func null() {
        comma()
        output.append("null")
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) {
        comma()
        if value { output.append("true") } else { output.append("false") }
    }

    /// Writes a whole number.
    package mutating func integer(_ value: Int) {
        comma()
        output.append(Int64(value))
    }

    /// Writes a number; null for NaN and infinities, which JSON does not have.
    package mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        comma()
        output.append(value, style: .sample)
    }

    /// Writes a string.
    package mutating func string(_ text: String) {
        string(text.utf8.span)
    }

    /// Writes a string given as UTF-8. Ill-formed parts become U+FFFD.
    package mutating func string(_ utf8: Span<UInt8>) {
        comma()
        appendString(utf8)
    }

    /// Writes an array of strings.
    package mutating func strings(_ texts: some Sequence<String>) {
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    /// Writes labels as an object, by name.
    package mutating func labels(_ labels: Labels) {
        beginObject()
        var cursor = LabelCursor(labels.stringForm)
        let bytes = labels.stringForm
        let span = bytes.span
        while let label = cursor.next() {
            comma()
            appendString(span.extracting(label.name))
            output.append(UInt8(ascii: ":"))
            appendString(span.extracting(label.value))
        }
        endObject()
    }

    /// Writes a time as seconds, with three decimals unless they are all zero.
    package mutating func time(_ milliseconds: Int64) {
        comma()
        output.append(seconds: milliseconds)
    }

    /// Writes a value as a string, as the HTTP API does for sample values.
    package mutating func sampleValue(_ value: Double, style: DoubleStyle = .sample) {
        comma()
        output.append(UInt8(ascii: "\""))
        output.append(value, style: style)
        output.append(UInt8(ascii: "\""))
    }

    /// Writes `[time,"value"]`.
    package mutating func point(_ milliseconds: Int64, _ value: Double, style: DoubleStyle = .sample) {
        comma()
        output.append(point: milliseconds, value, style: style)
    }

    /// Writes `[[time,"value"],…]`.
    package mutating func points(_ times: Span<Int64>, _ values: Span<Double>) {
        precondition(times.count == values.count, "Every point has a time and a value.")
        beginArray()
        for index in 0..<times.count { point(times[index], values[index]) }
        endArray()
    }

    // MARK: Envelope

    /// Opens a successful response. The value of `data` must follow, then ``endSuccess(warnings:infos:)``.
    package mutating func beginSuccess() {
        beginObject()
        key("status")
        string("success")
        key("data")
    }

    /// Closes a successful response.
    package mutating func endSuccess(warnings: [String] = [], infos: [String] = []) {
        if !warnings.isEmpty {
            key("warnings")
            strings(warnings)
        }
        if !infos.isEmpty {
            key("infos")
            strings(infos)
        }
        endObject()
    }

    /// Writes a whole error response.
    package mutating func error(type: String, message: String, warnings: [String] = []) {
        beginObject()
        key("status")
        string("error")
        key("errorType")
        string(type)
        key("error")
        string(message)
        endSuccess(warnings: warnings)
    }

    // MARK: Text

    private mutating func appendString(_ text: Span<UInt8>) {
        output.append(UInt8(ascii: "\""))
        var seen: UInt8 = 0, isPlain = true
        for index in text.indices {
            seen |= text[index]
            if Self.needsEscape(text[index]) { isPlain = false }
        }
        if seen >= 0x80 && !isValidUTF8(text) {
            appendRepaired(text)
        } else if isPlain {
            output.append(text)
        } else {
            appendEscaped(text)
        }
        output.append(UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Appends the content of a string with escapes, without the quotes.
    private mutating func appendEscaped(_ text: Span<UInt8>) {
        var start = 0
        for index in text.indices where Self.needsEscape(text[index]) {
            output.append(text.extracting(start..<index))
            appendEscape(text[index])
            start = index + 1
        }
        output.append(text.extracting(start..<text.count))
    }

    @inline(never)
    private mutating func appendRepaired(_ text: Span<UInt8>) {
        let repaired = text.text
        appendEscaped(repaired.utf8.span)
    }

    /// Appends the escape of a quote, a backslash or a control character.
    private mutating func appendEscape(_ byte: UInt8) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): output.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): output.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): output.append(UInt8(ascii: "t"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        default:
            output.append("u00")
            output.append(hexDigit(byte >> 4))
            output.append(hexDigit(byte & 15))
        }
    }
}

/// Returns a lower-case hexadecimal digit.
func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
}

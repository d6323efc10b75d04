internal import KTSDBModel

/// The bytes of all symbols of the head, for comparing labels with a string form and for making one.
///
/// A field of a string form is its length, in one byte or in three little-endian ones after the byte 255, then its
/// bytes.
struct SymbolContents: ~Escapable {
    /// Offset in `bytes` << 24 | length, by id.
    private let places: Span<UInt64>
    private let bytes: Span<UInt8>

    @inline(__always)
    @_lifetime(copy places, copy bytes)
    init(places: Span<UInt64>, bytes: Span<UInt8>) {
        self.places = places
        self.bytes = bytes
    }

    /// Whether labels with the names of this shape and these values have this well-formed string form. Values beyond
    /// the number of names are ignored.
    @inline(never)
    func isEqual(_ shapes: Span<[UInt32]>, _ shape: Int, _ values: Span<UInt32>, _ stringForm: Span<UInt8>) -> Bool {
        var position = 0
        for index in 0..<shapes[shape].count {
            guard position < stringForm.count, isEqual(shapes[shape][index], stringForm, at: &position),
                isEqual(values[index], stringForm, at: &position)
            else { return false }
        }
        return position == stringForm.count
    }

    /// Whether a symbol equals the field at `position`. Moves the position after the field.
    @inline(__always)
    private func isEqual(_ id: UInt32, _ stringForm: Span<UInt8>, at position: inout Int) -> Bool {
        var length = Int(stringForm[position]), start = position &+ 1
        if _slowPath(length == 255) {
            length = Int(stringForm[start]) | Int(stringForm[start &+ 1]) << 8 | Int(stringForm[start &+ 2]) << 16
            start &+= 3
        }
        position = start &+ length
        let place = places[Int(id)]
        guard Int(place & 0xff_ffff) == length else { return false }
        return stringForm.isEqual(at: start, to: bytes, at: Int(place >> 24), count: length)
    }

    /// Returns the string form of labels with the names of this shape and these values.
    @inline(never)
    func stringForm(_ shapes: Span<[UInt32]>, _ shape: Int, _ values: Span<UInt32>) -> [UInt8] {
        var byteCount = 0
        for index in 0..<shapes[shape].count {
            byteCount += fieldByteCount(shapes[shape][index]) + fieldByteCount(values[index])
        }
        return [UInt8](capacity: byteCount) { form in
            for index in 0..<shapes[shape].count {
                append(shapes[shape][index], to: &form)
                append(values[index], to: &form)
            }
        }
    }

    /// The length of a symbol's field in a string form.
    @inline(__always)
    private func fieldByteCount(_ id: UInt32) -> Int {
        let length = Int(places[Int(id)] & 0xff_ffff)
        return length < 255 ? length &+ 1 : length &+ 4
    }

    @inline(__always)
    @_lifetime(form: copy form)
    private func append(_ id: UInt32, to form: inout OutputSpan<UInt8>) {
        let place = places[Int(id)], start = Int(place >> 24), length = Int(place & 0xff_ffff)
        if length < 255 {
            form.append(UInt8(truncatingIfNeeded: length))
        } else {
            form.append(255)
            for index in 0..<3 { form.append(UInt8(truncatingIfNeeded: length &>> (8 &* index))) }
        }
        form.append(bytes.extracting(start..<(start &+ length)))
    }
}

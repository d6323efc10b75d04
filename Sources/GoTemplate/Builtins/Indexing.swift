/// The functions `index`, `slice` and `len`.
enum Indexing {
    /// `x[1][2]` for the value x and the indexes 1 and 2.
    static func index(_ item: GoValue, _ indexes: some Sequence<GoValue>) throws(GoError) -> GoValue {
        var item = item
        if item.isAbsent { throw GoError("index of untyped nil") }
        for index in indexes { item = try element(of: item, at: index) }
        return item
    }

    private static func element(of item: GoValue, at index: GoValue) throws(GoError) -> GoValue {
        if let list = item.asList {
            let place = try place(index, limit: list.elements.count)
            guard place < list.elements.count else { throw outOfRange("slice") }
            return list.elements[place]
        }
        if let map = item.asMap { return try map[key(index, of: map)] ?? .zero(of: map.valueType) }
        if case .string(let text) = item.base {
            let place = try place(index, limit: text.count)
            guard place < text.count else { throw outOfRange("string") }
            return .integer(GoInteger(Int(text.bytes[place]), kind: .uint8))
        }
        if item.isNil { throw GoError("index of nil pointer") }
        throw GoError("can't index item of type \(item.pointee)")
    }

    /// The index just after the end passes the check of the language, and then fails in Go's package `reflect`.
    private static func outOfRange(_ kind: String) -> GoError { GoError("reflect: \(kind) index out of range") }

    private static func key(_ index: GoValue, of map: GoMap) throws(GoError) -> GoValue {
        guard let type = index.type, !index.isAbsent else {
            guard map.keyType.canBeNil else { throw GoError("value is nil; should be of type \(map.keyType)") }
            return .null(map.keyType)
        }
        return try convert(index, type, to: map.keyType)
    }

    /// A value as an argument of that type: integers of all types fit each other.
    static func convert(_ value: GoValue, _ type: GoType, to wanted: GoType) throws(GoError) -> GoValue {
        if type.isAssignable(to: wanted) { return value }
        if case .integer(let number) = value.base, case .integer(let kind) = wanted.underlying {
            let converted = GoValue.integer(GoInteger(bits: number.bits, kind: kind))
            if case .named(let named) = wanted { return .named(named, converted) }
            return converted
        }
        throw GoError("value has type \(type); should be \(wanted)")
    }

    private static func place(_ index: GoValue, limit: Int) throws(GoError) -> Int {
        guard case .integer(let number) = index.base else {
            if index.isAbsent { throw GoError("cannot index slice/array with nil") }
            throw GoError("cannot index slice/array with type \(index.type ?? .any)")
        }
        let place = Int64(bitPattern: number.bits)
        guard place >= 0, place <= limit else { throw GoError("index out of range: \(place)") }
        return Int(place)
    }

    /// `x[1:2]`; a third index bounds the capacity of a list.
    static func slice(_ item: GoValue, _ indexes: some Collection<GoValue>) throws(GoError) -> GoValue {
        if item.isAbsent { throw GoError("slice of untyped nil") }
        if indexes.count > 3 { throw GoError("too many slice indexes: \(indexes.count)") }
        if case .string(let text) = item.base {
            if indexes.count == 3 { throw GoError("cannot 3-index slice a string") }
            let range = try range(indexes, count: text.count)
            return rewrap(item, .string(GoString(bytes: text.bytes[range])))
        }
        guard let list = item.asList else { throw GoError("can't slice item of type \(item.type ?? .any)") }
        let range = try range(indexes, count: list.elements.count)
        return rewrap(item, .list(GoList(Array(list.elements[range]), of: list.elementType)))
    }

    /// A part of a value has the value's type.
    private static func rewrap(_ item: GoValue, _ part: GoValue) -> GoValue {
        if case .named(let type, _) = item { return .named(type, part) }
        return part
    }

    private static func range(_ indexes: some Collection<GoValue>, count: Int) throws(GoError) -> Range<Int> {
        var places: [Int] = []
        for index in indexes { places.append(try place(index, limit: count)) }
        let start = places.first ?? 0
        let end = places.count > 1 ? places[1] : count
        guard start <= end else { throw GoError("invalid slice index: \(start) > \(end)") }
        if places.count == 3, end > places[2] { throw GoError("invalid slice index: \(end) > \(places[2])") }
        return start..<end
    }

    /// The number of elements, entries or bytes.
    static func length(_ item: GoValue) throws(GoError) -> Int {
        if let list = item.asList { return list.elements.count }
        if let map = item.asMap { return map.entries.count }
        if case .string(let text) = item.base { return text.count }
        if case .none = item { throw GoError("reflect: call of reflect.Value.Type on zero Value") }
        if item.isNil { throw GoError("len of nil pointer") }
        throw GoError("len of type \(item.pointee)")
    }
}

extension GoValue {
    /// The type, for a pointer of what it points to.
    fileprivate var pointee: GoType {
        if case .object(let name, _) = type { return .object(name, isPointer: false) }
        return type ?? .any
    }
}

extension GoValue {
    /// The text of a text.
    public var asString: GoString? {
        if case .string(let text) = base { return text }
        return nil
    }

    /// The number of an integer that is not too large.
    public var asInt: Int? {
        if case .integer(let value) = base { return value.exact }
        return nil
    }

    /// The number of an integer or a floating-point number.
    public var asDouble: Double? {
        switch base {
        case .integer(let value): value.double
        case .float(let value): value
        default: nil
        }
    }

    /// The list; an empty one for a nil list.
    public var asList: GoList? {
        switch base {
        case .list(let list): list
        case .null(let type):
            if case .list(let element) = type.underlying { GoList([], of: element) } else { nil }
        default: nil
        }
    }

    /// The map; an empty one for a nil map.
    public var asMap: GoMap? {
        switch base {
        case .map(let map): map
        case .null(let type):
            if case .map(let key, let value) = type.underlying { GoMap([], key: key, value: value) } else { nil }
        default: nil
        }
    }
}

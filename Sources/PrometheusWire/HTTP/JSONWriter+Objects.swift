package import KTSDBModel

/// A value that can be a member of a JSON object, or an element of an array.
package protocol JSONValue {
    /// Writes the value.
    func write(to json: inout JSONWriter)
}

/// Writes nested objects and arrays of short responses, with one call for each member.
///
/// ```swift
/// json.object {
///     $0.member("name", name)
///     $0.array("targets", targets) { $0.labels($1.labels) }
/// }
/// ```
extension JSONWriter {
    /// Writes an object; `body` writes its members.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        beginObject()
        body(&self)
        endObject()
    }

    /// Writes an array; `element` writes each of `elements`.
    package mutating func array<Elements: Sequence>(
        _ elements: Elements, _ element: (inout JSONWriter, Elements.Element) -> Void
    ) {
        beginArray()
        for one in elements { element(&self, one) }
        endArray()
    }

    /// Writes a member whose name needs no escapes.
    package mutating func member(_ name: StaticString, _ value: some JSONValue) {
        key(name)
        value.write(to: &self)
    }

    /// Writes a member whose name may be any text.
    package mutating func member(named name: String, _ value: some JSONValue) {
        key(name)
        value.write(to: &self)
    }

    /// Writes a member that is an object.
    package mutating func object(_ name: StaticString, _ body: (inout JSONWriter) -> Void) {
        key(name)
        object(body)
    }

    /// Writes a member that is an array.
    package mutating func array<Elements: Sequence>(
        _ name: StaticString, _ elements: Elements, _ element: (inout JSONWriter, Elements.Element) -> Void
    ) {
        key(name)
        array(elements, element)
    }
}

extension String: JSONValue {
    package func write(to json: inout JSONWriter) { json.string(self) }
}

extension Int: JSONValue {
    package func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Bool: JSONValue {
    package func write(to json: inout JSONWriter) { json.bool(self) }
}

/// Null for NaN and infinities.
extension Double: JSONValue {
    package func write(to json: inout JSONWriter) { json.number(self) }
}

/// Null for nil.
extension Optional: JSONValue where Wrapped: JSONValue {
    package func write(to json: inout JSONWriter) { if let self { self.write(to: &json) } else { json.null() } }
}

extension Array: JSONValue where Element: JSONValue {
    package func write(to json: inout JSONWriter) { json.array(self) { $1.write(to: &$0) } }
}

/// An object, by name.
extension Labels: JSONValue {
    package func write(to json: inout JSONWriter) { json.labels(self) }
}

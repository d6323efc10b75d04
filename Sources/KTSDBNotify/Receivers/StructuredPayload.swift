package import PrometheusWire

/// Payloads that users write themselves.
package enum StructuredPayload {
    /// Expands every text in a value. An expanded text that reads as YAML, of which JSON is a part, becomes what it
    /// says; the texts in that are not expanded again.
    package static func expand(
        _ value: JSONTree, readYAML: (String) -> JSONTree?, _ expand: (String) throws(PayloadError) -> String
    ) throws(PayloadError) -> JSONTree {
        switch value {
        case .string(let text):
            let expanded = try expand(text)
            guard let read = readYAML(expanded), read.text == nil else { return .string(expanded) }
            return read.sortedByName
        case .array(let elements):
            var result: [JSONTree] = []
            for element in elements { result.append(try self.expand(element, readYAML: readYAML, expand)) }
            return .array(result)
        case .object(let members):
            var result: [JSONTree.Member] = []
            for member in members {
                let name = try expand(member.name)
                result.append(JSONTree.Member(name, try self.expand(member.value, readYAML: readYAML, expand)))
            }
            return .object(result.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
        case .null, .bool, .number: return value
        }
    }
}

extension PayloadBuilder {
    /// Expands a value that a user wrote.
    func structured(_ value: JSONTree) throws(PayloadError) -> JSONTree {
        try StructuredPayload.expand(value, readYAML: context.readYAML) { text throws(PayloadError) in
            try expand(text)
        }
    }
}

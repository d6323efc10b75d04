package import PrometheusWire

/// Custom payloads, which users write in the configuration.
package enum StructuredPayload {
    /// Expands every text in a value. An expanded text that is valid YAML, which includes JSON, becomes the value it
    /// describes; the texts in that value are not expanded again.
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
    /// Expands the texts of a custom payload.
    func structured(_ value: JSONTree) throws(PayloadError) -> JSONTree {
        try StructuredPayload.expand(value, readYAML: context.readYAML) { text throws(PayloadError) in
            try expand(text)
        }
    }
}

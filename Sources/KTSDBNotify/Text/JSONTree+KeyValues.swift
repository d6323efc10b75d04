package import PrometheusWire

extension JSONTree {
    /// The members sorted by name, as Go writes a map.
    package static func map(_ values: KeyValues) -> JSONTree {
        .object(values.pairs.map { Member($0.name, .string($0.value)) })
    }
}

internal import GoTemplate
package import KTSDBConfiguration
internal import KTSDBModel
package import KTSDBNotify
internal import PrometheusWire

extension StrictReading {
    /// Reads a section by its schema; nil if it is null or has collected problems.
    package mutating func section(
        _ value: YAMLValue, _ schema: ConfigurationSchema, depth: Int = 0
    ) throws(ConfigurationError) -> FieldValues? {
        let before = problems.count
        guard let pairs = mapping(value, schema.goType) else { return nil }
        var values = schema.defaults
        for (key, value, line) in pairs {
            guard let field = schema.field(key) else {
                noteUnknown(key, line, schema.goType)
                continue
            }
            if let read = try self.value(value, field.kind, depth: depth) {
                values[key] = read
            } else if value.isNull {
                // Null is Go's zero value, and not the default.
                values[key] = Self.zero(field.kind)
            }
        }
        guard problems.count == before else { return nil }
        do throws(NotifierConfigurationError) { try schema.validate?(&values) } catch { throw value.refusal(error) }
        return values
    }

    private static func zero(_ kind: ConfigurationSchema.Kind) -> ConfigurationValue? {
        switch kind {
        case .text, .secret: .text("")
        case .flag: .flag(false)
        default: nil
        }
    }

    private mutating func value(
        _ value: YAMLValue, _ kind: ConfigurationSchema.Kind, depth: Int
    ) throws(ConfigurationError) -> ConfigurationValue? {
        switch kind {
        case .text: return text(value).map { .text($0) }
        case .secret: return text(value, "config.Secret").map { .text($0) }
        case .flag: return flag(value).map { .flag($0) }
        case .integer(let goType): return integer(value, goType).map { .integer($0) }
        case .duration: return try duration(value).map { .duration($0) }
        case .goDuration: return try goDuration(value).map { .duration($0) }
        case .url, .secretURL, .templateURL: return try url(value, kind).map { .text($0) }
        case .hostPort: return try hostPort(value).map { .text($0) }
        case .texts: return texts(value).map { .texts($0) }
        case .textMap: return pairs(value).map { .pairs($0) }
        case .tree: return .tree(tree(value))
        case .treeMap: return mapping(value, "map[string]interface {}") == nil ? nil : .tree(tree(value))
        case .fields(let schema): return try section(value, schema, depth: depth + 1).map { .fields($0) }
        case .list(let schema): return try list(value, schema, depth: depth)
        case .textOrFields(let schema):
            if let text = try? value.string() { return .fields(FieldValues(["template": .text(text)])) }
            return try section(value, schema, depth: depth + 1).map { .fields($0) }
        case .ignored: return .tree(tree(value))
        }
    }

    private mutating func list(
        _ value: YAMLValue, _ schema: ConfigurationSchema, depth: Int
    ) throws(ConfigurationError) -> ConfigurationValue? {
        guard let elements = list(value, "[]*\(schema.listName ?? schema.goType)") else { return nil }
        var sections: [FieldValues] = []
        for element in elements {
            if let section = try section(element, schema, depth: depth + 1) { sections.append(section) }
        }
        return .list(sections)
    }

    /// A duration in Prometheus' notation.
    mutating func duration(_ value: YAMLValue) throws(ConfigurationError) -> Duration? {
        guard let text = text(value) else { return nil }
        guard !text.isEmpty else { throw value.refusal("empty duration string") }
        guard let duration = PrometheusDuration.parse(text) else {
            throw value.refusal("not a valid duration string: \(goQuoted(text))")
        }
        return duration
    }

    private mutating func goDuration(_ value: YAMLValue) throws(ConfigurationError) -> Duration? {
        if value.isNull { return nil }
        if let number = try? value.whole(Int64.self) { return .nanoseconds(number) }
        guard let text = try? value.string(), let duration = GoDurationText.parse(text) else {
            noteMismatch(value, "time.Duration")
            return nil
        }
        return duration
    }

    private mutating func url(
        _ value: YAMLValue, _ kind: ConfigurationSchema.Kind
    ) throws(ConfigurationError) -> String? {
        guard let text = text(value) else { return nil }
        var prefix = ""
        switch kind {
        case .secretURL where text == "<secret>": return text
        case .templateURL:
            if text.isEmpty || text == "<secret>" { return text }
            do throws(NotificationTemplateError) {
                if try TemplateSyntax.isTemplate(text) { return text }
            } catch {
                throw value.refusal("invalid template syntax: \(error)")
            }
            prefix = "invalid URL: "
        default: break
        }
        do throws(NotifierConfigurationError) {
            try WebAddress.check(text)
            return text
        } catch {
            throw value.refusal(prefix + error.description)
        }
    }

    private mutating func hostPort(_ value: YAMLValue) throws(ConfigurationError) -> String? {
        guard let text = text(value), !text.isEmpty else { return nil }
        do throws(NotifierConfigurationError) {
            try WebAddress.checkHostPort(text)
            return text
        } catch {
            throw value.refusal(error)
        }
    }
}

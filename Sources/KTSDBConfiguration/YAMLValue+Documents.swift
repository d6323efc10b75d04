internal import KTSDBModel
internal import Yams

extension YAMLValue {
    /// Reads the single document in the file at `path`; nil if the file is empty.
    package static func load(path: String) throws(ConfigurationError) -> YAMLValue? {
        let text: String
        do throws(LocalFile.Failure) { text = try LocalFile.text(path) } catch {
            throw ConfigurationError(unreadable: path, error)
        }
        return try document(text, file: path)
    }

    /// Reads the single document in `text`, which has no byte order mark; nil if it is empty. Empty documents may
    /// follow: files that were put together often end with `---`.
    package static func document(_ text: String, file: String) throws(ConfigurationError) -> YAMLValue? {
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch {
            guard let first = onlyDocument(text) else { throw ConfigurationError(error, file: file) }
            return YAMLValue(node: first, file: file, line: first.mark?.line ?? 1)
        }
        return node.map { YAMLValue(node: $0, file: file, line: $0.mark?.line ?? 1) }
    }

    /// Returns the first document if all others are empty.
    private static func onlyDocument(_ text: String) -> Node? {
        guard let parser = try? Parser(yaml: text), let first = try? parser.nextRoot() else { return nil }
        do {
            while let next = try parser.nextRoot() { guard next.scalar?.string.isEmpty ?? false else { return nil } }
        } catch { return nil }
        return first
    }

    /// Reads the first document in `text`, nil if it is empty, and whether others follow.
    package static func firstDocument(
        _ text: String, file: String
    ) throws(ConfigurationError) -> (value: YAMLValue?, hasMore: Bool) {
        let parser: Parser, node: Node?
        do {
            parser = try Parser(yaml: text)
            node = try parser.nextRoot()
        } catch { throw ConfigurationError(error, file: file) }
        // What follows need not be valid.
        var hasMore = node != nil
        do { hasMore = try hasMore && parser.nextRoot() != nil } catch { hasMore = true }
        return (node.map { YAMLValue(node: $0, file: file, line: $0.mark?.line ?? 1) }, hasMore)
    }

    /// Whether anything follows the first document of a text that is not an empty document. It need not be valid.
    package static func hasContentAfterFirst(_ text: String) -> Bool {
        guard let parser = try? Parser(yaml: text) else { return false }
        do {
            guard try parser.nextRoot() != nil else { return false }
            while let next = try parser.nextRoot() { if !(next.scalar?.string.isEmpty ?? false) { return true } }
            return false
        } catch { return true }
    }
}

extension ConfigurationError {
    fileprivate init(_ error: any Error, file: String) {
        guard let error = error as? YamlError else {
            self.init(file: file, line: nil, reason: "not valid YAML: \(error)")
            return
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let whole = context.map { "\(problem) \($0.text)" } ?? problem
            self.init(file: file, line: mark.line, reason: "not valid YAML: \(whole)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map { goQuoted($0) }.joined(separator: ", ")
            self.init(file: file, line: context.mark.line, reason: "key \(keys) already set in map")
        case .reader(let problem, let offset, _, let text):
            let line = offset.map { 1 + text.utf8.prefix($0).count { $0 == UInt8(ascii: "\n") } }
            self.init(file: file, line: line, reason: "not valid YAML: \(problem)")
        default:
            self.init(file: file, line: nil, reason: "not valid YAML: \(error)")
        }
    }
}

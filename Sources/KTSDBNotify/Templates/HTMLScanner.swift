/// Follows the context through the literal parts of a template, and leaves comments out.
struct HTMLScanner {
    var context: HTMLContext
    private var output: [Unicode.Scalar] = []
    private var input: ArraySlice<Unicode.Scalar> = []

    init(_ context: HTMLContext) { self.context = context }

    /// Reads a literal part; returns what of it is written.
    mutating func read(_ text: String) -> String {
        input = Array(text.unicodeScalars)[...]
        output = []
        while !input.isEmpty { step() }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: output)
        return String(view)
    }

    /// Takes an action into account; returns the context in which it writes.
    mutating func passAction() -> HTMLContext {
        if case .beforeValue(let element, let attribute) = context {
            context = .value(
                element: element, attribute: HTMLContext.attribute(attribute), delimiter: .blank, part: .start)
        }
        let before = context
        if case .value(let element, let attribute, let delimiter, .start) = context {
            context = .value(element: element, attribute: attribute, delimiter: delimiter, part: .path)
        }
        return before
    }

    private mutating func take(_ count: Int = 1, writes: Bool = true) {
        if writes { output += input.prefix(count) }
        input = input.dropFirst(count)
    }

    private func has(_ text: String) -> Bool {
        zip(input, text.unicodeScalars).allSatisfy { $0.properties.lowercaseMapping == String($1) }
            && input.count >= text.unicodeScalars.count
    }

    private mutating func step() {
        switch context {
        case .text: text()
        case .comment: comment()
        case .raw(let element): raw(element)
        case .tag(let element): tag(element)
        case .beforeValue(let element, let attribute): beforeValue(element, attribute)
        case .value(let element, let attribute, let delimiter, let part): value(element, attribute, delimiter, part)
        }
    }

    private mutating func text() {
        if has("<!--") {
            context = .comment
            return take(4, writes: false)
        }
        guard input.first == "<" else { return take(input.prefix { $0 != "<" }.count) }
        if has("<!doctype") { return take() }
        let isEnd = input.dropFirst().first == "/"
        let name = input.dropFirst(isEnd ? 2 : 1).prefix(while: Self.isNamePart)
        guard let first = name.first, first.properties.isAlphabetic else {
            // What is no tag is text.
            output += "&lt;".unicodeScalars
            return take(writes: false)
        }
        take(isEnd ? 2 : 1)
        var view = String.UnicodeScalarView()
        view.append(contentsOf: name)
        take(name.count)
        context = .tag(element: isEnd ? "" : String(view).lowercased())
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-" || scalar == ":"
    }

    private mutating func comment() {
        if has("-->") {
            context = .text
            return take(3, writes: false)
        }
        take(writes: false)
    }

    private mutating func raw(_ element: String) {
        if has("</" + element) {
            context = .text
            return
        }
        take()
    }

    private mutating func tag(_ element: String) {
        guard let first = input.first else { return }
        if first == ">" {
            take()
            context = ["script", "style", "title", "textarea"].contains(element) ? .raw(element: element) : .text
            return
        }
        let name = input.prefix { !$0.properties.isWhitespace && !"=>/\"'".unicodeScalars.contains($0) }
        guard !name.isEmpty else { return take() }
        take(name.count)
        let blanks = input.prefix(while: \.properties.isWhitespace).count
        guard input.dropFirst(blanks).first == "=" else { return }
        take(blanks + 1)
        var view = String.UnicodeScalarView()
        view.append(contentsOf: name)
        context = .beforeValue(element: element, attribute: String(view))
    }

    private mutating func beforeValue(_ element: String, _ attribute: String) {
        guard let first = input.first else { return }
        if first.properties.isWhitespace { return take() }
        if first == ">" { return context = .tag(element: element) }
        let delimiter: HTMLContext.Delimiter = first == "\"" ? .double : first == "'" ? .single : .blank
        if delimiter != .blank { take() }
        context = .value(
            element: element, attribute: HTMLContext.attribute(attribute), delimiter: delimiter, part: .start)
    }

    private mutating func value(
        _ element: String, _ attribute: HTMLContext.Attribute, _ delimiter: HTMLContext.Delimiter,
        _ part: HTMLContext.URLPart
    ) {
        guard let first = input.first else { return }
        switch delimiter {
        case .double where first == "\"", .single where first == "'":
            take()
            context = .tag(element: element)
        case .blank where first.properties.isWhitespace || first == ">": context = .tag(element: element)
        default:
            take()
            let next: HTMLContext.URLPart = part == .query || first == "?" || first == "#" ? .query : .path
            context = .value(element: element, attribute: attribute, delimiter: delimiter, part: next)
        }
    }
}

internal import KTSDBModel

/// The difference between the alerts that a test expects and those that fire, in colours for a terminal: missing parts
/// are red, additional parts green, changed values yellow.
///
/// The text is that of the Go package `jsondiff` with its options for consoles, which promtool prints.
struct AlertDifference {
    /// A JSON value of one of the kinds that alerts have.
    indirect enum Value {
        case text(String)
        case list([Value])
        case object([(key: String, value: Value)])
    }

    /// The escape sequence for the colour of a part of the text.
    private enum Tag: String {
        case normal = ""
        case added = "\u{1b}[0;32m"
        case removed = "\u{1b}[0;31m"
        case changed = "\u{1b}[0;33m"

        var end: String { self == .normal ? "" : "\u{1b}[0m" }
    }

    private var level = 0
    private var tag: Tag?

    /// Returns the difference of two lists of alerts. An empty list counts as one alert without labels, as in promtool.
    static func text(expected: [ComparedAlert], found: [ComparedAlert]) -> String {
        var difference = AlertDifference()
        return difference.compare(value(expected), value(found))
    }

    private static func value(_ alerts: [ComparedAlert]) -> Value {
        let none = ComparedAlert(labels: Labels(), annotations: NamedTexts())
        return .list(
            (alerts.isEmpty ? [none] : alerts).map { alert in
                .object([
                    ("Annotations", .object(alert.annotations.map { ($0.name, .text($0.text)) })),
                    ("Labels", .object(alert.labels.map { ($0.name, .text($0.value)) })),
                ])
            })
    }

    // MARK: Comparing

    private mutating func compare(_ left: Value, _ right: Value) -> String {
        var text = ""
        switch (left, right) {
        case (.text(let one), .text(let other)):
            if one == other {
                set(.normal, &text)
                text += goQuoted(one)
            } else {
                set(.changed, &text)
                text += goQuoted(one) + " => " + goQuoted(other)
            }
            finish(&text)
        case (.list(let one), .list(let other)):
            let pairs = (0..<max(one.count, other.count)).map { index in
                Pair(left: index < one.count ? one[index] : nil, right: index < other.count ? other[index] : nil)
            }
            text = collection("[", "]", pairs)
        case (.object(let one), .object(let other)):
            let keys = Set(one.map(\.key) + other.map(\.key)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            let pairs = keys.map { key in
                Pair(
                    key: key, left: one.first { $0.key == key }?.value, right: other.first { $0.key == key }?.value)
            }
            text = collection("{", "}", pairs)
        default: break
        }
        return text
    }

    /// The values of both sides for one key or index; nil for a side that has none.
    private struct Pair {
        var key: String?
        var left: Value?
        var right: Value?
    }

    private mutating func collection(_ open: String, _ close: String, _ pairs: [Pair]) -> String {
        level += 1
        let inner = pairs.map { pair in
            if let left = pair.left, let right = pair.right { compare(left, right) } else { "" }
        }
        level -= 1
        var text = ""
        set(.normal, &text)
        guard !pairs.isEmpty else {
            text += open + close
            finish(&text)
            return text
        }
        level += 1
        newLine(open, &text)
        for (index, pair) in pairs.enumerated() {
            write(pair, inner[index], &text)
            set(.normal, &text)
            if index == pairs.count - 1 { level -= 1 }
            newLine(index == pairs.count - 1 ? "" : ",", &text)
        }
        text += close
        finish(&text)
        return text
    }

    private mutating func write(_ pair: Pair, _ difference: String, _ text: inout String) {
        let key = pair.key.map { goQuoted($0) + ": " } ?? ""
        if pair.left != nil, pair.right != nil {
            text += key + difference
        } else {
            set(pair.left == nil ? .added : .removed, &text)
            text += key
            if let value = pair.left ?? pair.right { write(value, &text) }
        }
    }

    // MARK: Writing

    private mutating func write(_ value: Value, _ text: inout String) {
        switch value {
        case .text(let content): text += goQuoted(content)
        case .list(let elements): write("[", "]", elements.map { (nil, $0) }, &text)
        case .object(let members): write("{", "}", members.map { ($0.key, $0.value) }, &text)
        }
    }

    private mutating func write(
        _ open: String, _ close: String, _ elements: [(key: String?, value: Value)], _ text: inout String
    ) {
        if elements.isEmpty {
            text += open
        } else {
            level += 1
            newLine(open, &text)
        }
        for (index, element) in elements.enumerated() {
            text += element.key.map { goQuoted($0) + ": " } ?? ""
            write(element.value, &text)
            if index == elements.count - 1 { level -= 1 }
            newLine(index == elements.count - 1 ? "" : ",", &text)
        }
        text += close
    }

    private func newLine(_ before: String, _ text: inout String) {
        text += before + (tag?.end ?? "") + "\n" + String(repeating: "    ", count: level) + (tag?.rawValue ?? "")
    }

    private mutating func set(_ new: Tag, _ text: inout String) {
        guard new != tag else { return }
        text += (tag?.end ?? "") + new.rawValue
        tag = new
    }

    private mutating func finish(_ text: inout String) {
        text += tag?.end ?? ""
        tag = nil
    }
}

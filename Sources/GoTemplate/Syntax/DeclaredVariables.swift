/// The variables that are declared at a place of a template, the innermost last.
///
/// A name is found at once, however many there are.
struct DeclaredVariables {
    private var names = ["$"]
    private var counts = ["$": 1]

    var count: Int { names.count }

    func contains(_ name: String) -> Bool { counts[name] != nil }

    mutating func append(_ name: String) {
        names.append(name)
        counts[name, default: 0] += 1
    }

    /// Removes the innermost ones.
    mutating func keep(_ count: Int) {
        while names.count > count, let name = names.popLast() {
            let rest = counts[name, default: 1] - 1
            counts[name] = rest > 0 ? rest : nil
        }
    }
}

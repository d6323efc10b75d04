/// Finds the name that was meant by a misspelled one.
package enum NearestName {
    /// Returns the nearest of `names`, if it is near: one to three letters may be different, missing, superfluous or
    /// swapped, depending on the length of `name`. Of several equally near names, returns the first.
    package static func of(_ name: String, in names: some Sequence<String>) -> String? {
        let letters = Array(name.lowercased().utf8)
        let most = letters.count < 4 ? 1 : letters.count < 9 ? 2 : 3
        let near = names.lazy.map { ($0, distance(letters, Array($0.lowercased().utf8))) }.filter { $0.1 <= most }
        return near.min { $0.1 < $1.1 }?.0
    }

    /// Returns how many letters have to be changed, inserted, removed or swapped with their neighbour.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var before: [Int] = [], last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
                row.append(least)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}

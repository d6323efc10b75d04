internal import KTSDBEngine

/// Prints the files that were set aside.
enum SetAsideText {
    static func print(_ entries: [SetAsideEntry]) {
        for entry in entries { Swift.print(entry) }
        if entries.isEmpty { Swift.print("No file is set aside.") }
    }
}

/// A place with its own time, by its name in the IANA time zone database.
package struct Location: Hashable, Sendable {
    /// `Europe/Berlin`.
    package var name: String
    package var rules: ZoneRules

    package init(name: String, rules: ZoneRules) {
        self.name = name
        self.rules = rules
    }

    package static let utc = Location(name: "UTC", rules: .utc)

    /// Returns the place with a name.
    ///
    /// `read` returns the bytes of a file of the database, such as `/usr/share/zoneinfo/Europe/Berlin`; nil if it does
    /// not exist. `Local` is the zone of the machine, and UTC if `read` knows none.
    /// - Throws: ``LocationError``.
    package static func load(
        _ name: String, read: (String) -> [UInt8]?
    ) throws(LocationError) -> Location {
        if name.isEmpty || name == "UTC" { return .utc }
        // A name is part of a path: none leads out of the database.
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard name.utf8.count <= 255, name.first != "/", !name.contains("\\"), !parts.contains("..") else {
            throw LocationError("time: invalid location name")
        }
        guard let bytes = read(name) else {
            if name == "Local" { return Location(name: name, rules: .utc) }
            throw LocationError("unknown time zone \(name)")
        }
        do throws(ZoneFile.Problem) {
            return Location(name: name, rules: try ZoneFile.parse(bytes))
        } catch {
            throw LocationError(error.description)
        }
    }
}

/// Why there is no such place, in Go's words.
package struct LocationError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

extension Location {
    /// The place as templates see it.
    package var zone: GoZone {
        GoZone(name: name) { [rules] seconds in
            let kind = rules.kind(at: seconds)
            return (kind.abbreviation, kind.offset)
        }
    }
}

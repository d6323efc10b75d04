import Foundation
import KTSDB
import Testing

/// The examples of the guides in `KTSDB.docc`, as they are there: `GuideTextTests` compares the two.
@Suite struct `The guides` {
    @Test func `The first example`() async throws {
        try await withDirectory { path in
            let database = try await Database.open(path: path)
            try await database.append { batch in
                batch.append(21.5, at: .now, to: ["__name__": "temperature_celsius", "room": "kitchen"])
            }
            let result = try await PromQLEngine().query("temperature_celsius", at: .now, in: database.readView())
            print(result.value)  // temperature_celsius{room="kitchen"} => 21.5 @[…]
            try await database.close()
            #expect(result.value.description.hasPrefix("temperature_celsius{room=\"kitchen\"} => 21.5 @["))
        }
    }

    @Test func `Getting started`() async throws {
        try await withDirectory { path in
            let database = try await Database.open(path: path)
            let summary = try await database.append { batch in
                batch.append(21.5, at: .now, to: ["__name__": "temperature_celsius", "room": "kitchen"])
                batch.append(18.0, at: .now, to: ["__name__": "temperature_celsius", "room": "hall"])
            }
            assert(summary.appended == 2 && summary.rejections.isEmpty)
            let rooms = try await database.read { view in
                try view.series(matching: .name("temperature_celsius"), in: .earliest ... .latest).map { series in
                    (room: series.labels["room"] ?? "", samples: try series.samples())
                }
            }
            for (room, samples) in rooms { print(room, samples.count, samples.last?.value ?? .nan) }
            #expect(Set(rooms.map(\.room)) == ["kitchen", "hall"] && rooms.allSatisfy { $0.samples.count == 1 })
            let newest = try await database.newest(of: ["__name__": "temperature_celsius", "room": "hall"])
            print(newest?.value ?? .nan)
            #expect(newest?.value == 18)
            do {
                try await database.append { $0.append(1, at: .now, to: ["__name__": "up"]) }
            } catch AppendError.diskFull(let path) {
                print("No room for \(path): nothing of the batch was stored. Appends work again when there is room.")
            } catch AppendError.unavailable(let fault) {
                print("The directory is gone or cannot be written: \(fault)")
            } catch {
                print("\(error)")
            }
            #expect(try await database.newest(of: ["__name__": "up"])?.value == 1)
            try await database.close()
        }
    }

    @Test func `Durability and threads`() async throws {
        try await withDirectory { path in
            var configuration = Database.Configuration()
            configuration.durability = .durable
            let ledger = try await Database.open(path: path, configuration: configuration)
            let database = ledger
            var commits = database.commits.makeAsyncIterator()  // from here on none is missed
            try await database.append { $0.append(1, at: .now, to: ["__name__": "tick"]) }
            let commit = await commits.next()
            #expect(commit?.appended == 1)
            try await database.append { batch in
                batch.append(1, at: .now, to: ["__name__": "lines_total"])
                batch.set("access.log", Array("4096".utf8), in: "positions")
            }
            let position = database.readView().record("access.log", in: "positions")
            #expect(position == Array("4096".utf8))
            try await database.close()
        }
    }

    @Test func `Series ids`() async throws {
        let database = Database.inMemory(), start = Timestamp.now
        let (kitchen, _) = try await database.append { batch in
            let id = batch.series(["__name__": "temperature_celsius", "room": "kitchen"])
            batch.append(21, at: start, to: id)
            return id
        }
        for step in 1..<60 {
            try await database.append { $0.append(21 + Double(step) / 60, at: start + .seconds(step), to: kitchen) }
        }
        #expect(database.statistics.appendedSamples == 60)
        let (current, _) = try await database.append { batch in
            let id =
                batch.isCurrent(kitchen)
                ? kitchen : batch.series(["__name__": "temperature_celsius", "room": "kitchen"])
            batch.append(22, at: start + .seconds(60), to: id)
            return id
        }
        #expect(current == kitchen && database.statistics.appendedSamples == 61)
    }

    @Test func `Querying`() async throws {
        let database = Database.inMemory(), time = Timestamp(milliseconds: 1_700_000_000_000)
        try await database.append { batch in
            for minute in 0..<60 {
                let at = time - .seconds(60 * minute)
                batch.append(Double(minute), at: at, to: ["__name__": "temperature_celsius", "room": "r\(minute % 2)"])
            }
        }
        let view = database.readView()
        let engine = PromQLEngine()
        let now = try await engine.query("avg by (room) (temperature_celsius)", at: time, in: view)
        for element in now.value.vector ?? [] {
            print(element.labels["room"] ?? "", element.value)
        }
        #expect(now.value.vector?.map(\.value) == [0, 1] && now.value.matrix == nil)
        let hour = try await engine.query(
            "max_over_time(temperature_celsius[5m])", over: time - .seconds(3600)...time, step: .seconds(60), in: view)
        for series in hour.value.matrix ?? [] {
            for sample in series.samples { print(series.labels, sample.timestamp, sample.value) }
        }
        #expect(hour.value.matrix?.count == 2)
        let rooms = try await database.query("count(temperature_celsius)")
        #expect(rooms.vector?.isEmpty == true)  // all of these samples are from 2023
        let ticks = try view.series(
            matching: .name("temperature_celsius"), .doesNotMatch("room", "r[1-9]"), in: .earliest ... .latest)
        #expect(ticks.map { $0.labels["room"] } == ["r0"])
        await #expect(throws: QueryError.self) {
            _ = try await engine.query("sum(temperature_celsius", at: time, in: view)
        }
        do {
            _ = try await engine.query("sum(temperature_celsius", at: time, in: view)
        } catch {
            print(error)  // 1:24: parse error: unclosed left parenthesis
        }
    }

    @Test func `Testing your code`() async throws {
        do {
            let database = Database.inMemory()
            try await database.append { $0.append(1, at: .now, to: ["__name__": "up"]) }
            #expect(database.statistics.series == 1)
        }
        let clock = ManualClock()
        var configuration = Database.Configuration()
        configuration.clock = .manual(clock)
        configuration.outOfOrderWindow = .zero
        let database = Database.inMemory(configuration)
        try await database.append { $0.append(1, at: clock.now, to: ["__name__": "up"]) }
        clock.advance(by: .seconds(7200))
        let late = try await database.append { batch in
            batch.append(2, at: clock.now, to: ["__name__": "up"])
            batch.append(3, at: clock.now - .seconds(7000), to: ["__name__": "other"])
        }
        assert(late.appended == 1 && late.rejections == [.outOfBounds: 1])
        #expect(late.appended == 1 && late.rejections == [.outOfBounds: 1])
        let calendar = ManualClock()
        var week = Database.Configuration()
        week.clock = .manual(calendar)
        week.retention = .seconds(7 * 24 * 3600)
        week.runsMaintenance = false
        let diary = Database.inMemory(week)
        for _ in 0..<20 {
            try await diary.append { $0.append(1, at: calendar.now, to: ["__name__": "day"]) }
            calendar.advance(by: .seconds(24 * 3600))
            diary.maintain()
        }
        let days = try await diary.query("count_over_time(day[30d])", at: calendar.now)
        assert(days.vector?.first?.value == 8)  // the newest, and those of the seven days before it
        #expect(days.vector?.first?.value == 8)
    }

    @Test func `Operating a directory`() async throws {
        try await withDirectory { path in
            var configuration = Database.Configuration()
            configuration.onEvent = { event in print("ktsdb: \(event)") }
            let database = try await Database.open(path: path)
            print(database.recovery)
            try await database.append { $0.append(1, at: .now, to: ["__name__": "up"]) }
            let reader = try await DatabaseFollower.open(path: path)
            try await reader.refresh()
            assert(reader.sequence == database.statistics.sequence)
            #expect(try await reader.read { view in try view.newest(of: ["__name__": "up"])?.value } == 1)
            let name = try await database.snapshot()
            let backup = try Database.reading(path: "\(path)/snapshots/\(name)")
            try await backup.read { view in try view.verify() }
            assert(!backup.recovery.foundDamage && backup.statistics.damagedPlaces == 0)
            #expect(!backup.recovery.foundDamage && backup.statistics.damagedPlaces == 0)
            #expect(try await backup.newest(of: ["__name__": "up"])?.value == 1)
            try await backup.close()
            defer { for end in ["-backups", "-restored"] { try? FileManager.default.removeItem(atPath: path + end) } }
            let store = BackupStore(path: "\(path)-backups")
            try database.backup(to: store, keeping: 14)
            try store.restore(to: "\(path)-restored")
            database.setRetention(.seconds(15 * 24 * 3600))
            let rule = try RetentionRule("debug", matching: [[.equal("level", "debug")]], keep: .seconds(24 * 3600))
            var limits = database.retentionLimits
            limits.byteLimit = 10 << 30
            limits.rules = try RetentionRules([rule])
            print(try database.retentionPreview(limits).classes)
            database.setRetention(limits)
            #expect(try database.retentionPreview(limits).classes.map(\.name) == ["debug", nil])
            let today = Timestamp.now - .seconds(86_400)...Timestamp.now
            if let deletion = try await database.delete(matching: [[.name("up")]], in: today) {
                try await database.undelete(deletion.id)
            }
            try await database.delete(matching: [[.name("up")]], in: today)
            let report = try await database.reclaim()
            assert(report.removedSamples == 1 && database.deletions.isEmpty)
            #expect(report.removedSamples == 1 && database.deletions.isEmpty)
            try await database.close()
        }
    }
}

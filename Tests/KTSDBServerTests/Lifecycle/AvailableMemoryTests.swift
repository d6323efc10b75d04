import KTSDBServer
import Testing

@Suite struct `The memory that may be used` {
    private func limit(_ files: [String: String]) -> Int? { AvailableMemory { files[$0] }.groupLimit }

    @Test func `version 2: the lowest limit of the group and those above it counts`() {
        let group = "0::/system.slice/ktsdb.service\n"
        #expect(
            limit([
                "/proc/self/cgroup": group, "/sys/fs/cgroup/system.slice/ktsdb.service/memory.max": "2147483648\n",
                "/sys/fs/cgroup/system.slice/memory.max": "max\n",
            ]) == 2_147_483_648)
        #expect(
            limit([
                "/proc/self/cgroup": group, "/sys/fs/cgroup/system.slice/ktsdb.service/memory.max": "max\n",
                "/sys/fs/cgroup/system.slice/memory.max": "1048576\n",
            ]) == 1_048_576)
        #expect(
            limit([
                "/proc/self/cgroup": group, "/sys/fs/cgroup/system.slice/ktsdb.service/memory.max": "max\n",
                "/sys/fs/cgroup/system.slice/memory.max": "max\n",
            ]) == nil)
    }

    @Test func `version 2: in a container the group is the root of what is seen`() {
        #expect(
            limit(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "536870912\n"]) == 536_870_912)
        // Without a name space of its own the path is the host's, and not there.
        #expect(
            limit(["/proc/self/cgroup": "0::/docker/0123abc\n", "/sys/fs/cgroup/memory.max": "536870912\n"])
                == 536_870_912)
        #expect(
            limit(["/proc/self/cgroup": "0::/../../x\n", "/sys/fs/cgroup/memory.max": "536870912\n"]) == 536_870_912)
    }

    @Test func `version 1: the controller of memory counts, and a number beyond any memory is no limit to speak of`() {
        let groups = "12:cpu,cpuacct:/other\n5:hugetlb,memory:/docker/0123abc\n1:name=systemd:/docker/0123abc\n"
        #expect(
            limit([
                "/proc/self/cgroup": groups,
                "/sys/fs/cgroup/memory/docker/0123abc/memory.limit_in_bytes": "268435456\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            ]) == 268_435_456)
        #expect(
            limit(["/proc/self/cgroup": groups, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"])
                == 9_223_372_036_854_771_712)
    }

    @Test(arguments: ["", "\n", "0::\n", "nonsense", "0:/x", "5:memory\n", "0::/a:b\n"])
    func `what makes no sense is no limit`(groups: String) {
        #expect(limit(["/proc/self/cgroup": groups]) == nil)
        #expect(limit(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": groups]) == nil)
        #expect(limit(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "-1\n"]) == nil)
    }

    @Test func `the machine's memory bounds it`() {
        #expect(AvailableMemory.bytes > 1 << 20)
        #expect(limit([:]) == nil)
    }
}

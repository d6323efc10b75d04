import KTSDBConfiguration
import KTSDBModel
import KTSDBScrape
import KTSDBTesting
import Testing

/// Listing and watching, against a stub of the API.
@Suite struct `Following Kubernetes` {
    /// A cluster with some pods, and a manager that follows it with these fields.
    private struct Cluster {
        let stub: KubernetesStub
        let rig = DiscoveryRig()

        init(pods: Int = 1) async throws {
            stub = try await KubernetesStub()
            for number in 0..<pods { add(number) }
        }

        func add(_ number: Int, namespace: String = "n", port: Int = 80) {
            let name = "p\(number)"
            stub.set(
                "pods", namespace, name,
                KubernetesText.pod(namespace, name, ip: "10.1.\(number / 250).\(number % 250)", port: port))
        }

        func follow(_ fields: String = "role: pod") async throws {
            try await rig.apply("kubernetes_sd_configs: [{api_server: '\(stub.address)', \(fields)}]")
        }

        func wait(for count: Int) async throws {
            try await KTSDBScrapeTests.wait { rig.manager.targets().active.count == count }
        }

        func end() async {
            await rig.end()
            await stub.close()
        }
    }

    @Test func `many pods are listed page by page`() async throws {
        let cluster = try await Cluster(pods: 1_203)
        try await cluster.follow()
        try await cluster.wait(for: 1_203)
        #expect(cluster.stub.lists.map { $0.query["limit"] } == ["500", "500", "500"])
        #expect(cluster.stub.lists.map { $0.query["continue"] } == [nil, "500", "1000"])
        await cluster.end()
    }

    @Test func `a page that is too long is asked for in parts`() async throws {
        let stub = try await KubernetesStub(), rig = DiscoveryRig { $0.pageBytes = 20_000 }
        for number in 0..<100 {
            stub.set("pods", "n", "p\(number)", KubernetesText.pod("n", "p\(number)", ip: "10.0.0.\(number)"))
        }
        try await rig.apply("kubernetes_sd_configs: [{api_server: '\(stub.address)', role: pod}]")
        try await wait { rig.urls.count == 100 }
        #expect(stub.lists.prefix(3).map { $0.query["limit"] } == ["500", "62", "7"])
        #expect(rig.log.lines.isEmpty)
        await rig.end()
        await stub.close()
    }

    @Test func `a watch begins where the list ended, and asks for bookmarks`() async throws {
        let cluster = try await Cluster()
        try await cluster.follow()
        try await wait { cluster.stub.watchCount == 1 }
        let watch = try #require(cluster.stub.requests.last)
        #expect(watch.path == "/api/v1/pods")
        #expect(watch.query["resourceVersion"] == "101")
        #expect(watch.query["allowWatchBookmarks"] == "true")
        #expect(watch.query["timeoutSeconds"].flatMap { Int($0) }.map { (300...600).contains($0) } == true)
        await cluster.end()
    }

    @Test func `after a lost connection the watch continues at the version of a bookmark`() async throws {
        let cluster = try await Cluster()
        try await cluster.follow()
        try await wait { cluster.stub.watchCount == 1 }
        // Nothing that this watch shows changes the version.
        cluster.stub.set("nodes", "", "other", KubernetesText.plain("Node", "", "other"))
        cluster.stub.sendBookmark()
        cluster.add(7)
        try await cluster.wait(for: 2)
        cluster.stub.endWatches()
        cluster.add(8)
        try await cluster.wait(for: 3)
        #expect(cluster.stub.lists.count == 1)
        #expect(cluster.stub.requests.last?.query["resourceVersion"] == "103")
        await cluster.end()
    }

    @Test(arguments: [true, false])
    func `a forgotten version means that everything is listed anew`(byStatus: Bool) async throws {
        let cluster = try await Cluster(pods: 2)
        try await cluster.follow()
        try await cluster.wait(for: 2)
        try await wait { cluster.stub.watchCount == 1 }
        cluster.stub.removeAllSilently("pods")
        cluster.add(5)
        cluster.stub.forgetVersions()
        if byStatus {
            cluster.stub.endWatches()
        } else {
            cluster.stub.send(
                #"{"type":"ERROR","object":{"kind":"Status","message":"too old","reason":"Expired","code":410}}"#)
        }
        try await wait { cluster.rig.urls == ["http://10.1.0.5:80/metrics"] }
        #expect(cluster.stub.lists.count == 2)
        #expect(cluster.rig.log.lines.allSatisfy { !$0.contains("too old") })
        await cluster.end()
    }

    @Test func `targets stay while the API is gone, and failures are counted and logged`() async throws {
        let cluster = try await Cluster(pods: 2)
        try await cluster.follow()
        try await cluster.wait(for: 2)
        try await wait { cluster.stub.watchCount == 1 }
        for _ in 0..<3 { cluster.stub.fail("/api/v1/pods", "HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nnope") }
        cluster.stub.endWatches()
        cluster.add(9)
        try await cluster.wait(for: 3)
        #expect(cluster.rig.metric("prometheus_sd_kubernetes_failures_total") ?? 0 >= 3)
        try await wait {
            cluster.rig.log.lines.contains { $0.contains("kubernetes_sd_configs: Get") && $0.contains("500") }
        }
        await cluster.end()
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnot JSON!", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", "nonsense\r\n\r\n",
        "HTTP/1.1 301 Moved\r\nLocation: /api/v1/pods\r\nContent-Length: 0\r\n\r\n",
    ])
    func `what cannot be read is asked for again`(answer: String) async throws {
        let cluster = try await Cluster(pods: 2)
        cluster.stub.fail("/api/v1/pods", answer)
        try await cluster.follow()
        try await cluster.wait(for: 2)
        await cluster.end()
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{\"type\":\"ADDED\"}",
        "{\"type\":\"SOMETHING\",\"object\":{\"metadata\":{\"name\":\"x\"}}}",
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":7,\"labels\":[],\"ownerReferences\":{}}}}",
        "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\"},\"spec\":7,\"status\":{\"podIP\":[],\"conditions\":7}}}",
    ])
    func `odd lines of a watch change nothing, and the watch continues`(line: String) async throws {
        let cluster = try await Cluster(pods: 1)
        try await cluster.follow()
        try await wait { cluster.stub.watchCount == 1 }
        cluster.stub.send(line)
        cluster.add(3)
        try await cluster.wait(for: 2)
        await cluster.end()
    }

    @Test func `the token is read for each request`() async throws {
        let cluster = try await Cluster(pods: 1), account = TemporaryDirectory()
        cluster.stub.require(token: "secret-1")
        try account.write("secret-1", to: "token")
        let rig = DiscoveryRig {
            $0.kubernetesAddress = cluster.stub.address
            $0.serviceAccount = account.path
        }
        try await rig.apply("kubernetes_sd_configs: [{role: pod}]")
        try await wait { rig.urls.count == 1 && cluster.stub.watchCount == 1 }
        cluster.stub.require(token: "secret-2")
        try account.write("secret-2", to: "token")
        cluster.stub.endWatches()
        cluster.add(4)
        try await wait { rig.urls.count == 2 }
        #expect(!rig.log.lines.contains { $0.contains("secret-1") || $0.contains("secret-2") })
        await rig.end()
        await cluster.end()
    }

    @Test func `outside a cluster the configuration counts as failed, and everything else works`() async throws {
        let rig = DiscoveryRig()
        try await rig.apply("static_configs: [{targets: ['a:1']}]\nkubernetes_sd_configs: [{role: pod}]")
        try await wait { rig.metric("prometheus_sd_failed_configs", "scrape") == 1 }
        #expect(rig.urls == ["http://a:1/metrics"])
        try await wait { rig.log.lines.contains { $0.contains("KUBERNETES_SERVICE_HOST") } }
        await rig.manager.apply(Configuration())
        try await wait { rig.metric("prometheus_sd_failed_configs", "scrape") == 0 }
        await rig.end()
    }

    @Test func `namespaces are followed one by one, its own included`() async throws {
        let cluster = try await Cluster(pods: 0), account = TemporaryDirectory()
        for (place, name) in ["a", "b", "own"].enumerated() { cluster.add(place, namespace: name) }
        try account.write("t", to: "token")
        try account.write("own\n", to: "namespace")
        let rig = DiscoveryRig {
            $0.kubernetesAddress = cluster.stub.address
            $0.serviceAccount = account.path
        }
        try await rig.apply("kubernetes_sd_configs: [{role: pod, namespaces: {names: [a], own_namespace: true}}]")
        try await wait { rig.urls == ["http://10.1.0.0:80/metrics", "http://10.1.0.2:80/metrics"] }
        #expect(
            Set(cluster.stub.lists.map(\.path)) == ["/api/v1/namespaces/a/pods", "/api/v1/namespaces/own/pods"])
        await rig.end()
        await cluster.end()
    }

    @Test func `a namespace that may not be read does not hold up another`() async throws {
        let cluster = try await Cluster(pods: 0)
        cluster.add(0, namespace: "a")
        for _ in 0..<1_000 {
            cluster.stub.fail("/api/v1/namespaces/b/pods", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
        }
        try await cluster.follow("role: pod, namespaces: {names: [a, b]}")
        try await cluster.wait(for: 1)
        await cluster.end()
    }

    @Test func `selectors are the API's to apply`() async throws {
        let cluster = try await Cluster()
        try await cluster.follow(
            "role: pod, selectors: [{role: pod, label: 'app in (x, y)', field: 'spec.nodeName=n1'}]")
        try await wait { cluster.stub.watchCount == 1 }
        for request in cluster.stub.requests {
            #expect(request.query["labelSelector"] == "app in (x, y)")
            #expect(request.query["fieldSelector"] == "spec.nodeName=n1")
        }
        await cluster.end()
    }

    @Test func `jobs with the same settings share one watch`() async throws {
        let cluster = try await Cluster(pods: 2)
        let entry = "kubernetes_sd_configs: [{api_server: '\(cluster.stub.address)', role: pod}]"
        await cluster.rig.manager.apply(
            try .parse(
                "scrape_configs:\n- {job_name: a, \(entry)}\n- {job_name: b, \(entry)}\n", path: "prometheus.yml"))
        try await cluster.wait(for: 4)
        try await wait { cluster.stub.watchCount == 1 }
        #expect(cluster.stub.lists.count == 1)
        await cluster.end()
    }

    @Test func `a job that goes ends its watch`() async throws {
        let cluster = try await Cluster()
        try await cluster.follow()
        try await wait { cluster.stub.watchCount == 1 }
        await cluster.rig.manager.apply(Configuration())
        try await wait { cluster.stub.watchCount == 0 }
        #expect(cluster.rig.urls.isEmpty)
        await cluster.end()
    }

    @Test func `labels of nodes and namespaces follow their objects`() async throws {
        let cluster = try await Cluster()
        cluster.stub.set("nodes", "", "node-1", KubernetesText.plain("Node", "", "node-1", labels: ["zone": "a"]))
        cluster.stub.set("namespaces", "", "n", KubernetesText.plain("Namespace", "", "n", labels: ["team": "x"]))
        try await cluster.follow("role: pod, attach_metadata: {node: true, namespace: true}")
        try await cluster.wait(for: 1)
        func label(_ name: String) -> String? {
            cluster.rig.discovered.values.first?["__meta_kubernetes_\(name)"]
        }
        #expect(label("node_label_zone") == "a" && label("namespace_label_team") == "x")
        try await wait { cluster.stub.watchCount == 3 }
        cluster.stub.set("nodes", "", "node-1", KubernetesText.plain("Node", "", "node-1", labels: ["zone": "b"]))
        cluster.stub.set("namespaces", "", "n", KubernetesText.plain("Namespace", "", "n", labels: ["team": "y"]))
        try await wait { label("node_label_zone") == "b" && label("namespace_label_team") == "y" }
        // A node that is gone takes its pods along.
        cluster.stub.remove("nodes", "", "node-1")
        try await cluster.wait(for: 0)
        await cluster.end()
    }

    @Test func `events are counted by role`() async throws {
        let cluster = try await Cluster(pods: 2)
        try await cluster.follow()
        try await wait { cluster.stub.watchCount == 1 }
        cluster.add(1, port: 81)
        cluster.stub.remove("pods", "n", "p0")
        try await wait { cluster.rig.urls == ["http://10.1.0.1:81/metrics"] }
        let name = "prometheus_sd_kubernetes_events_total"
        #expect(cluster.rig.metric(name, "pod", "add") == 2)
        #expect(cluster.rig.metric(name, "pod", "update") == 1)
        #expect(cluster.rig.metric(name, "pod", "delete") == 1)
        await cluster.end()
    }
}

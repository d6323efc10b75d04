import Foundation
import KTSDBConfiguration
import KTSDBModel
import KTSDBTesting
import NIOHTTP1
import Testing

@testable import KTSDBScrape

@Suite struct `Targets from Docker` {
    private static let containers = """
        [{"Id":"c1","Names":["/web"],"Image":"nginx:1","ImageID":"sha256:1","Labels":{"com.x/y":"z"},
        "HostConfig":{"NetworkMode":"front"},"Ports":[
        {"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},{"PrivatePort":443,"Type":"tcp"},
        {"PrivatePort":53,"Type":"udp"}],"NetworkSettings":{"Networks":{
        "front":{"IPAddress":"172.18.0.2","NetworkID":"n1"},"back":{"IPAddress":"172.19.0.2","NetworkID":"n2"}}}},
        {"Id":"c2","Names":["/side"],"HostConfig":{"NetworkMode":"container:c1"},"NetworkSettings":{"Networks":{}}},
        {"Id":"c3","Names":["/host"],"HostConfig":{"NetworkMode":"host"},
        "NetworkSettings":{"Networks":{"host":{"IPAddress":"","NetworkID":"n3"}}}},
        {"Id":"c4","Names":["/six"],"HostConfig":{"NetworkMode":"front"},"NetworkSettings":{"Networks":{
        "front":{"GlobalIPv6Address":"fd00::7","NetworkID":"n1"}}}},
        {"Id":"c5","Names":[]},{"Id":"c6"},7,
        {"Id":"c7","Names":["/loop"],"HostConfig":{"NetworkMode":"container:c8"}},
        {"Id":"c8","Names":["/loop2"],"HostConfig":{"NetworkMode":"container:c7"}}]
        """

    private static let networks = """
        [{"Id":"n1","Name":"front","Scope":"local","Internal":false,"Ingress":false,"Labels":{"a":"b"}},
        {"Id":"n2","Name":"back","Scope":"local","Internal":true,"Ingress":false}]
        """

    /// A daemon with these answers by path, and a manager that asks it.
    private struct Daemon {
        let rig = DiscoveryRig()
        let server: LoopbackServer

        init(_ answers: [String: String], socket: String? = nil) async throws {
            server = try await LoopbackServer(socket: socket) { head in
                let path = String(head.uri.prefix { $0 != "?" })
                guard let text = answers[path] else { return .page(Array(#"{"message":"no"}"#.utf8), status: "404 No") }
                return .page(Array(text.utf8), contentType: "application/json")
            }
        }

        func follow(_ kind: String, _ fields: String, host: String? = nil) async throws {
            let host = host ?? "tcp://127.0.0.1:\(server.port)"
            try await rig.apply("\(kind)_sd_configs: [{host: '\(host)', refresh_interval: 1s, \(fields)}]")
        }

        func end() async {
            await rig.end()
            await server.close()
        }
    }

    private static let daemon = ["/containers/json": containers, "/networks": networks]

    @Test func `are the ports of containers in their first networks`() async throws {
        let daemon = try await Daemon(Self.daemon), rig = daemon.rig
        try await daemon.follow("docker", "port: 9100, host_networking_host: here")
        try await wait { !rig.urls.isEmpty }
        #expect(
            Set(rig.discovered.keys) == [
                "172.19.0.2:80", "172.19.0.2:443", "172.19.0.2:9100", "here", "[fd00::7]:9100",
            ])
        let labels = try #require(rig.discovered["172.19.0.2:80"])
        let expected = [
            "container_id": "c1", "container_name": "/web", "container_image": "nginx:1",
            "container_image_id": "sha256:1", "container_label_com_x_y": "z", "container_network_mode": "front",
            "network_id": "n2", "network_name": "back", "network_scope": "local", "network_internal": "true",
            "network_ingress": "false", "network_ip": "172.19.0.2", "port_private": "80", "port_public": "8080",
            "port_public_ip": "0.0.0.0",
        ]
        let found = labels.filter { $0.name.hasPrefix("__meta_docker_") }.map { ($0.name.dropFirst(14), $0.value) }
        #expect(Dictionary(uniqueKeysWithValues: found.map { (String($0), $1) }) == expected)
        #expect(rig.discovered["172.19.0.2:443"]?["__meta_docker_port_public"] == nil)
        #expect(rig.discovered["[fd00::7]:9100"]?["__meta_docker_network_label_a"] == "b")
        #expect(rig.discovered["172.19.0.2:9100"]?["__meta_docker_container_name"] == "/side")
        await daemon.end()
    }

    @Test func `are in all networks if that is wanted, and only those of the filters`() async throws {
        let daemon = try await Daemon(Self.daemon), rig = daemon.rig
        try await daemon.follow(
            "docker",
            "match_first_network: false, filters: [{name: label, values: ['b=c', a]}, {name: name, values: [x]}]")
        try await wait { rig.discovered["172.18.0.2:80"] != nil }
        #expect(rig.discovered["172.19.0.2:80"] != nil)
        let filters = #"{"label":{"a":true,"b=c":true},"name":{"x":true}}"#
        let uri = daemon.server.requests.map(\.uri).first { $0.hasPrefix("/containers") }
        #expect(uri?.removingPercentEncoding == "/containers/json?filters=\(filters)")
        await daemon.end()
    }

    @Test func `are asked for over a socket`() async throws {
        let directory = TemporaryDirectory(), path = "\(directory.path)/docker.sock"
        let daemon = try await Daemon(Self.daemon, socket: path)
        try await daemon.follow("docker", "port: 1", host: "unix://\(path)")
        try await wait { !daemon.rig.urls.isEmpty }
        await daemon.end()
    }

    @Test func `stay while the daemon answers with an error, which is logged`() async throws {
        let daemon = try await Daemon(["/containers/json": Self.containers])
        try await daemon.follow("docker", "port: 1")
        try await wait { !daemon.rig.log.lines.isEmpty }
        let line = try #require(daemon.rig.log.lines.first)
        #expect(line.contains("docker_sd_configs: Get") && line.hasSuffix("/networks\": HTTP status 404: no"))
        #expect(daemon.rig.urls.isEmpty)
        await daemon.end()
    }

    @Test(arguments: [
        ("docker", "{}", "host missing"), ("docker", "{host: 'npipe:////x'}", "host \"npipe:////x\" is not unix:///"),
        ("docker", "{host: 'unix://x'}", "host \"unix://x\" is not unix:///"),
        ("docker", "{host: 'tcp://a', role: x}", "field role not found in docker_sd_config"),
        ("dockerswarm", "{host: 'tcp://a'}", "role missing (one of: tasks, services, nodes)"),
        ("dockerswarm", "{host: 'tcp://a', role: pods}", "invalid role pods, expected tasks, services, or nodes"),
    ])
    func `with mistakes are refused`(kind: String, entry: String, reason: String) {
        #expect {
            try Configuration.parse("scrape_configs: [{job_name: j, \(kind)_sd_configs: [\(entry)]}]", path: "p")
        } throws: { error in
            (error as? ConfigurationError)?.reason.hasPrefix(reason) == true
        }
    }

    // MARK: Swarm

    private static let swarm = [
        "/networks": networks,
        "/nodes": """
        [{"ID":"d1","Spec":{"Role":"manager","Availability":"active","Labels":{"x":"y"}},
        "Description":{"Hostname":"h1","Platform":{"Architecture":"x86_64","OS":"linux"},
        "Engine":{"EngineVersion":"24"}},"Status":{"State":"ready","Addr":"10.0.0.1"},
        "ManagerStatus":{"Leader":true,"Reachability":"reachable","Addr":"10.0.0.1:2377"}}]
        """,
        "/services": """
        [{"ID":"s1","Spec":{"Name":"web","Labels":{"l":"m"},"Mode":{"Replicated":{"Replicas":2}},
        "TaskTemplate":{"ContainerSpec":{"Image":"nginx","Hostname":"host"}}},"UpdateStatus":{"State":"completed"},
        "Endpoint":{"Ports":[{"Name":"http","Protocol":"tcp","PublishedPort":8080,"PublishMode":"ingress"},
        {"Protocol":"udp","PublishedPort":53}],"VirtualIPs":[{"NetworkID":"n1","Addr":"10.0.1.2/24"}]}},
        {"ID":"s2","Spec":{"Name":"quiet","Mode":{"Global":{}}},"Endpoint":{"VirtualIPs":[{"Addr":"10.0.1.3/24"},{}]}}]
        """,
        "/tasks": """
        [{"ID":"t1","ServiceID":"s1","NodeID":"d1","Slot":2,"DesiredState":"running",
        "Spec":{"ContainerSpec":{"Labels":{"c":"d"}}},"Status":{"State":"running",
        "ContainerStatus":{"ContainerID":"c9"},
        "PortStatus":{"Ports":[{"Protocol":"tcp","PublishedPort":9000,"PublishMode":"host"}]}},
        "NetworksAttachments":[{"Network":{"ID":"n2"},"Addresses":["10.0.2.5/24"]}]}]
        """,
    ]

    private static func swarm(
        _ role: String, _ body: ([String: [String: String]]) throws -> Void
    ) async throws {
        let daemon = try await Daemon(swarm)
        try await daemon.follow("dockerswarm", "role: \(role), port: 7")
        try await wait { !daemon.rig.urls.isEmpty }
        try body(
            daemon.rig.discovered.mapValues { labels in
                let own = labels.filter { $0.name.hasPrefix("__meta_dockerswarm_") }
                return Dictionary(uniqueKeysWithValues: own.map { (String($0.name.dropFirst(19)), $0.value) })
            })
        await daemon.end()
    }

    private static let node = [
        "node_id": "d1", "node_role": "manager", "node_availability": "active", "node_hostname": "h1",
        "node_platform_architecture": "x86_64", "node_platform_os": "linux", "node_status": "ready",
        "node_address": "10.0.0.1", "node_label_x": "y",
    ]

    @Test func `of a swarm can be its nodes`() async throws {
        try await Self.swarm("nodes") { found in
            var expected = Self.node
            expected["node_engine_version"] = "24"
            expected["node_manager_leader"] = "true"
            expected["node_manager_reachability"] = "reachable"
            expected["node_manager_address"] = "10.0.0.1:2377"
            #expect(found == ["10.0.0.1:7": expected])
        }
    }

    @Test func `of a swarm can be its services`() async throws {
        try await Self.swarm("services") { found in
            #expect(Set(found.keys) == ["10.0.1.2:8080", "10.0.1.3:7"])
            #expect(
                found["10.0.1.2:8080"] == [
                    "service_id": "s1", "service_name": "web", "service_mode": "replicated", "service_label_l": "m",
                    "service_task_container_hostname": "host", "service_task_container_image": "nginx",
                    "service_updating_status": "completed", "service_endpoint_port_name": "http",
                    "service_endpoint_port_publish_mode": "ingress", "network_id": "n1", "network_name": "front",
                    "network_scope": "local", "network_internal": "false", "network_ingress": "false",
                    "network_label_a": "b",
                ])
            #expect(found["10.0.1.3:7"] == ["service_id": "s2", "service_name": "quiet", "service_mode": "global"])
        }
    }

    @Test func `of a swarm can be its tasks`() async throws {
        try await Self.swarm("tasks") { found in
            var expected = Self.node
            for (name, value) in [
                "task_id": "t1", "task_desired_state": "running", "task_state": "running", "task_slot": "2",
                "task_container_id": "c9", "container_label_c": "d", "service_id": "s1", "service_name": "web",
                "service_mode": "replicated", "service_label_l": "m", "task_port_publish_mode": "host",
            ] { expected[name] = value }
            #expect(Set(found.keys) == ["10.0.0.1:9000", "10.0.2.5:8080"])
            #expect(found["10.0.0.1:9000"] == expected)
            #expect(found["10.0.2.5:8080"]?["task_port_publish_mode"] == "ingress")
            #expect(found["10.0.2.5:8080"]?["network_name"] == "back")
        }
    }
}

# SPDX-License-Identifier: GPL-3.0-or-later
"""A ClickHouse server of a test's own: in the test's folder, on free loopback ports."""
import os
import urllib.error
import urllib.parse
import urllib.request

import harness

PASSWORD = "s3cret@/?"

CONFIG = """<yandex>
 <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
 <http_port>{port}</http_port>{tls}<tcp_port>{native}</tcp_port>
 <listen_host>127.0.0.1</listen_host>
 <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
 <users_config>{folder}/users.xml</users_config>
 <default_profile>default</default_profile><default_database>default</default_database>
 <mark_cache_size>67108864</mark_cache_size>
</yandex>
"""

TLS = """<https_port>{port}</https_port>
 <openSSL><server><certificateFile>{certificate}</certificateFile>
  <privateKeyFile>{key}</privateKeyFile><caConfig>{authority}</caConfig>
  <verificationMode>relaxed</verificationMode><loadDefaultCAFile>false</loadDefaultCAFile>
 </server></openSSL>
"""

USERS = """<yandex>
 <profiles><default><max_memory_usage>1000000000</max_memory_usage></default></profiles>
 <users>
  <default><password></password><networks><ip>127.0.0.1</ip></networks>
   <profile>default</profile><quota>default</quota></default>
  <keeper><password>{password}</password><networks><ip>127.0.0.1</ip></networks>
   <profile>default</profile><quota>default</quota></keeper>
 </users>
 <quotas><default/></quotas>
</yandex>
"""


class ClickHouse:
    """Debian's clickhouse-server. With `tls`, a certificate, its key and its authority."""

    def __init__(self, case, name="clickhouse", tls=None):
        harness.need_programs("clickhouse-server")
        self.case = case
        self.folder = case.path(name)
        self.port = harness.free_port()
        self.tls_port = harness.free_port()
        os.makedirs(os.path.join(self.folder, "tmp"))
        secure = TLS.format(port=self.tls_port, certificate=tls[0], key=tls[1],
                            authority=tls[2]) if tls else ""
        case.write(f"{name}/config.xml", CONFIG.format(
            folder=self.folder, port=self.port, native=harness.free_port(), tls=secure))
        case.write(f"{name}/users.xml", USERS.format(password=PASSWORD))
        self.process = None
        self.start()

    def start(self):
        self.process = harness.Process(self.case, [
            "clickhouse-server", f"--config-file={self.folder}/config.xml"])
        harness.wait_for(self.answers, "clickhouse-server to answer")

    def answers(self):
        assert self.process.popen.poll() is None, self.process.err()
        try:
            return self.ask("SELECT 1") == "1\n"
        except (urllib.error.URLError, ConnectionError):
            return False

    def ask(self, statement):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", statement.encode(),
                                    timeout=harness.PATIENCE) as answer:
            return answer.read().decode()

    def kill(self):
        self.process.popen.kill()
        self.process.wait()

    def url(self, database="seen", auth=""):
        return f"clickhouse://{auth and auth + '@'}127.0.0.1:{self.port}/{database}"


def cluster_url(*servers, database="seen"):
    return f"clickhouse://{','.join(f'127.0.0.1:{server.port}' for server in servers)}/{database}"

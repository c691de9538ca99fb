"""Mine."""
from tests.security import policy
from tests.security.asking import Asking
from tests.security.test_authz_matrix import Matrix
async def test_matrix(app, cast):
    m = Matrix(await Asking.begin(app, cast))
    await m.walk([r for r in sorted(policy.POLICY) if "/visits" in r or r=="GET /claims/new" or "deals/{deal_id:uuid}" in r])
    assert not m.wrong, "\n".join(m.wrong[:40])
    print("COUNTS", m.counts)

"""A backend in Python on a core over HTTP. It prints what each step has led to, as JSON."""

import json
import os
from uuid import uuid4

from supertokens_python import InputAppInfo, SupertokensConfig, init
from supertokens_python.recipe import emailpassword, emailverification, session, userroles
from supertokens_python.recipe.emailpassword.interfaces import (
    SignInOkResult,
    SignUpOkResult,
    UpdateEmailOrPasswordOkResult,
)
from supertokens_python.recipe.emailpassword.syncio import (
    create_reset_password_token,
    reset_password_using_token,
    sign_in,
    sign_up,
)
from supertokens_python.recipe.emailverification.interfaces import VerifyEmailUsingTokenOkResult
from supertokens_python.recipe.emailverification.syncio import (
    create_email_verification_token,
    is_email_verified,
    verify_email_using_token,
)
from supertokens_python.recipe.session.syncio import create_new_session_without_request_response
from supertokens_python.recipe.userroles.syncio import (
    add_role_to_user,
    create_new_role_or_add_permissions,
    get_roles_for_user,
)
from supertokens_python.syncio import delete_user

OK_RESULTS = (SignUpOkResult, SignInOkResult, VerifyEmailUsingTokenOkResult, UpdateEmailOrPasswordOkResult)

CONNECTION_URI = os.environ["CONNECTION_URI"]
API_KEY = os.environ["API_KEY"]

init(
    app_info=InputAppInfo(app_name="App", api_domain="http://localhost:8000", website_domain="http://localhost:3000"),
    supertokens_config=SupertokensConfig(connection_uri=CONNECTION_URI, api_key=API_KEY),
    framework="flask",
    recipe_list=[
        emailpassword.init(),
        emailverification.init(mode="REQUIRED"),
        userroles.init(),
        session.init(),
    ],
    telemetry=False,
)


def is_ok(result):
    return isinstance(result, OK_RESULTS)


email, old, new = f"{uuid4()}@example.com", "correct horse 1", "battery staple 2"
results = {}

signed_up = sign_up("public", email, old)
user = signed_up.user
results["signUp"] = is_ok(signed_up)
results["signUpAgain"] = is_ok(sign_up("public", email, old))
signed_in = sign_in("public", email.upper(), old)
results["signIn"] = [is_ok(signed_in), signed_in.user.id == user.id]
results["wrongPassword"] = is_ok(sign_in("public", email, new))

results["isVerified"] = is_email_verified(signed_up.recipe_user_id)
token = create_email_verification_token("public", signed_up.recipe_user_id).token
results["verify"] = is_ok(verify_email_using_token("public", token))
results["verifyAgain"] = is_ok(verify_email_using_token("public", token))
results["isVerifiedThen"] = is_email_verified(signed_up.recipe_user_id)

token = create_reset_password_token("public", user.id, email).token
results["reset"] = is_ok(reset_password_using_token("public", token, new))
results["resetAgain"] = is_ok(reset_password_using_token("public", token, new))
results["oldPassword"] = is_ok(sign_in("public", email, old))
results["newPassword"] = is_ok(sign_in("public", email, new))

create_new_role_or_add_permissions("admin", ["report:read"])
add_role_to_user("public", user.id, "admin")
results["roles"] = get_roles_for_user("public", user.id).roles
claims = create_new_session_without_request_response("public", signed_up.recipe_user_id).get_access_token_payload()
results["claims"] = [claims[key]["v"] for key in ("st-ev", "st-role", "st-perm")]

delete_user(user.id)
results["afterDeletion"] = is_ok(sign_in("public", email, new))

print(json.dumps(results))

from django.urls import path

from tasks.views import LoginView, RefreshView, TaskListView

urlpatterns = [
    path("api/users/login", LoginView.as_view()),
    path("api/users/refresh_token", RefreshView.as_view()),
    path("api/tasks", TaskListView.as_view()),
]
